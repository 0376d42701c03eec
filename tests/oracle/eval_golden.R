# DeLong variance and 95 % interval of AUC for the evaluation tests, by pROC.
#
# usage: Rscript eval_golden.R [DIRECTORY [OUTPUT_DIRECTORY]]    (default tests/golden/eval)
#
# Reads binary_*.csv and writes binary_*.proc.txt: "name value" lines. Wants Debian's r-cran-proc.

suppressPackageStartupMessages(library(pROC))

arguments <- commandArgs(trailingOnly = TRUE)
from <- if (length(arguments) >= 1) arguments[1] else "tests/golden/eval"
to <- if (length(arguments) >= 2) arguments[2] else from

for (input in sort(list.files(from, "^binary_.*[.]csv$"))) {
  rows <- read.csv(file.path(from, input))
  curve <- roc(rows$label, rows$score, levels = c(0, 1), direction = "<", quiet = TRUE)
  interval <- as.numeric(ci.auc(curve, conf.level = 0.95, method = "delong"))
  values <- c(
    delong_auc = as.numeric(auc(curve)),
    delong_variance = var(curve, method = "delong"),
    delong_low = interval[1],
    delong_high = interval[3]
  )
  writeLines(
    c(
      paste("# expected values for", input),
      "# command: Rscript tests/oracle/eval_golden.R",
      sprintf("# R %s, pROC %s", getRversion(), packageVersion("pROC")),
      "# tolerance: 1e-9",
      sprintf("%s %.17g", names(values), values)
    ),
    file.path(to, sub("csv$", "proc.txt", input))
  )
}
