# Fits and predicts once for each line of stdin, "<csv> <periods>", and prints how much processor time both took;
# for "<csv> <periods> parameters" what it found: k, m, noise, changes of the rate, coefficients, yhat.
suppressMessages(library(prophet))
# Processor time: what else the machine does hardly counts.
spent <- function() sum(proc.time()[c("user.self", "sys.self")])
cat("ready", as.character(packageVersion("prophet")), "\n"); flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  asked <- strsplit(line, " ")[[1]]
  df <- read.csv(asked[1])
  df$ds <- as.Date(df$ds)
  if (length(asked) == 3) {
    m <- tryCatch(suppressMessages(prophet(df, uncertainty.samples = 0)), error = function(e) NULL)
    if (is.null(m)) { cat("found\n"); flush(stdout()); next }
    forecast <- predict(m, make_future_dataframe(m, as.integer(asked[2]), include_history = FALSE))
    p <- m$params
    cat("found", format(c(p$k[1], p$m[1], p$sigma_obs[1], length(p$delta), p$delta, length(p$beta), p$beta,
      forecast$yhat), digits = 17), "\n"); flush(stdout())
    next
  }
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
