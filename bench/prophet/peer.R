# Fits and predicts once for each line of stdin, "<csv> <periods>", and prints how long both took.
suppressMessages(library(prophet))
cat("ready", as.character(packageVersion("prophet")), "\n"); flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  asked <- strsplit(line, " ")[[1]]
  df <- read.csv(asked[1])
  df$ds <- as.Date(df$ds)
  start <- proc.time()[["elapsed"]]
  m <- suppressMessages(prophet(df))
  fitted <- proc.time()[["elapsed"]]
  future <- make_future_dataframe(m, as.integer(asked[2]), include_history = FALSE)
  between <- proc.time()[["elapsed"]]
  forecast <- predict(m, future)
  predicted <- proc.time()[["elapsed"]]
  last <- tail(forecast$yhat, 1)
  cat("took", (fitted - start) * 1000, (predicted - between) * 1000, last, "\n"); flush(stdout())
}
