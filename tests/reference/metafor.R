# Reference values for tests/test_pooling.py, made with R's metafor.
# Usage, from this folder: Rscript metafor.R   (writes metafor.csv and metafor_tables.csv)
suppressMessages(library(metafor))
options(digits = 17)
tight <- list(threshold = 1e-14, maxiter = 1000, tol = 1e-14)

# Effects and variances.  bcg: log risk ratios of 13 trials of BCG vaccine (Colditz, JAMA
# 1994;271:698, table 1), the worked example of many textbooks; alike: four equal effects.
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
hackshaw <- dat.hackshaw1998
sets <- list(
  bcg = list(yi = as.vector(bcg$yi), vi = as.vector(bcg$vi)),
  hackshaw = list(yi = as.vector(hackshaw$yi), vi = as.vector(hackshaw$vi)),
  alike = list(yi = c(0.1, 0.1, 0.1, 0.1), vi = c(0.02, 0.03, 0.04, 0.05)),
  near = list(yi = c(0.10, 0.12, 0.09, 0.11), vi = c(0.02, 0.03, 0.04, 0.05)),
  two = list(yi = c(-0.4, 0.6), vi = c(0.05, 0.08)),
  three = list(yi = c(0.2, 0.9, -0.3), vi = c(0.04, 0.10, 0.06)),
  spread = list(yi = c(-2.1, 3.2, 0.4, 5.0, -1.5), vi = c(0.01, 0.5, 0.03, 0.2, 0.9))
)
intervals <- c(wald = "z", hksj = "knha", hksj_floor = "adhoc")
rows <- list()
for (set in names(sets)) for (method in c("REML", "DL", "PM", "ML", "EE")) for (ci in names(intervals)) {
  d <- sets[[set]]
  fit <- rma(d$yi, d$vi, method = method, test = intervals[[ci]], control = tight)
  p <- predict(fit)
  bounds <- c(NA, NA)
  if (method != "EE") bounds <- confint(fit, control = list(tol = 1e-14, tau2.max = 1e4))$random[1, 2:3]
  rows[[length(rows) + 1]] <- data.frame(
    set = set, tau2_method = method, ci = ci, k = fit$k, estimate = as.numeric(fit$beta), se = fit$se,
    ci_lb = fit$ci.lb, ci_ub = fit$ci.ub, p_value = fit$pval, tau2 = fit$tau2, tau2_lb = bounds[1],
    tau2_ub = bounds[2], i2 = fit$I2, h2 = fit$H2, q = fit$QE, q_p = fit$QEp,
    pi_lb = if (is.null(p$pi.lb) || is.na(p$pi.lb)) NA else p$pi.lb,
    pi_ub = if (is.null(p$pi.ub) || is.na(p$pi.ub)) NA else p$pi.ub
  )
}
write.csv(format(do.call(rbind, rows), digits = 17, trim = TRUE), "metafor.csv", row.names = FALSE, quote = FALSE)
effects <- do.call(rbind, lapply(names(sets), function(s) data.frame(set = s, yi = sets[[s]]$yi, vi = sets[[s]]$vi)))
write.csv(format(effects, digits = 17, trim = TRUE), "effects.csv", row.names = FALSE, quote = FALSE)

# Two-by-two tables: events and people of each arm.
tables <- list(
  bcg = with(dat.bcg, cbind(tpos, tpos + tneg, cpos, cpos + cneg)),
  rare = rbind(c(0, 20, 1, 20), c(1, 31, 0, 29), c(2, 12, 3, 14), c(0, 10, 0, 11)),
  one = rbind(c(3, 10, 5, 12))
)
rows <- list(); counts <- list()
for (set in names(tables)) {
  t <- tables[[set]]
  counts[[set]] <- data.frame(set = set, e1 = t[, 1], n1 = t[, 2], e2 = t[, 3], n2 = t[, 4])
  for (measure in c("RD", "RR", "OR")) {
    fit <- rma.mh(ai = t[, 1], n1i = t[, 2], ci = t[, 3], n2i = t[, 4], measure = measure, drop00 = FALSE, correct = FALSE)
    rows[[length(rows) + 1]] <- data.frame(set = set, method = "MH", measure = measure, estimate = as.numeric(fit$beta), se = fit$se, ci_lb = fit$ci.lb, ci_ub = fit$ci.ub)
  }
  fit <- rma.peto(ai = t[, 1], n1i = t[, 2], ci = t[, 3], n2i = t[, 4])
  rows[[length(rows) + 1]] <- data.frame(set = set, method = "Peto", measure = "OR", estimate = as.numeric(fit$beta), se = fit$se, ci_lb = fit$ci.lb, ci_ub = fit$ci.ub)
}
write.csv(format(do.call(rbind, rows), digits = 17, trim = TRUE), "metafor_tables.csv", row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, counts), "tables.csv", row.names = FALSE, quote = FALSE)

# Egger's regression.
rows <- lapply(c("bcg", "hackshaw"), function(s) {
  d <- sets[[s]]
  fit <- regtest(d$yi, d$vi, model = "lm", predictor = "sei")
  slope <- coef(summary(fit$fit))[2, ]
  data.frame(set = s, intercept = slope[[1]], se = slope[[2]], p_value = slope[[4]])
})
write.csv(format(do.call(rbind, rows), digits = 17, trim = TRUE), "egger.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("metafor", packageVersion("metafor"))), "versions.txt")

# Conditional odds ratios by R's own fisher.test.
cases <- rbind(c(2, 30, 13, 31), c(0, 6, 1, 4), c(9, 27, 10, 27), c(5, 5, 1, 7), c(11, 16, 4, 11))
rows <- apply(cases, 1, function(x) {
  f <- fisher.test(matrix(c(x[1], x[2] - x[1], x[3], x[4] - x[3]), 2, byrow = TRUE))
  data.frame(e1 = x[1], n1 = x[2], e2 = x[3], n2 = x[4], estimate = f$estimate[[1]], ci_lb = f$conf.int[1], ci_ub = f$conf.int[2], p_value = f$p.value)
})
write.csv(format(do.call(rbind, rows), digits = 17, trim = TRUE), "fisher.csv", row.names = FALSE, quote = FALSE)
