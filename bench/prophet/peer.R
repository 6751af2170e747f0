# Fits and predicts once for each line of stdin, "<csv> <periods>", and prints how much processor time both took.
suppressMessages(library(prophet))
# Processor time: what else the machine does hardly counts.
spent <- function() sum(proc.time()[c("user.self", "sys.self")])
cat("ready", as.character(packageVersion("prophet")), "\n"); flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  asked <- strsplit(line, " ")[[1]]
  df <- read.csv(asked[1])
  df$ds <- as.Date(df$ds)
  start <- spent()
  m <- suppressMessages(prophet(df))
  fitted <- spent()
  future <- make_future_dataframe(m, as.integer(asked[2]), include_history = FALSE)
  between <- spent()
  forecast <- predict(m, future)
  predicted <- spent()
  last <- tail(forecast$yhat, 1)
  cat("took", (fitted - start) * 1000, (predicted - between) * 1000, last, "\n"); flush(stdout())
}
