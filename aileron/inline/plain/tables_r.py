"""What is known of R: functions that only compute, and those that do more (see `language.py`)."""

from __future__ import annotations

HARMLESS = """
    c list vector print cat summary str head tail length nchar names colnames rownames dim nrow
    ncol NROW NCOL levels nlevels class typeof mode inherits is.na is.null is.numeric
    is.character is.function is.data.frame is.list is.factor is.logical is.element is.finite
    is.nan attributes attr structure identical all.equal isTRUE isFALSE stopifnot stop warning
    message suppressWarnings suppressMessages suppressPackageStartupMessages invisible return
    tryCatch try finally conditionMessage warnings nargs missing seq seq_len seq_along rep rev
    sort order rank unique duplicated which which.max which.min any all sum mean median var sd
    min max range quantile cor cov prod cumsum cumprod cummax cummin diff round floor ceiling
    trunc signif abs sqrt exp log log2 log10 log1p expm1 sin cos tan asin acos atan atan2 choose
    factorial gamma beta lgamma colMeans rowMeans colSums rowSums crossprod solve det diag t
    matrix array data.frame as.data.frame as.matrix as.numeric as.character as.integer
    as.logical as.factor as.Date as.POSIXct as.POSIXlt as.vector as.list as.name factor table
    prop.table proportions xtabs ftable cut findInterval tabulate interaction merge rbind cbind
    subset transform with within stack unstack reshape split unsplit unlist lengths setdiff
    union intersect append expand.grid complete.cases na.omit ifelse switch paste paste0 sprintf
    format formatC prettyNum toupper tolower casefold trimws substr substring strsplit gsub sub
    grepl grep regexpr gregexpr regmatches regexec startsWith endsWith chartr strtoi utf8ToInt
    intToUtf8 iconv enc2utf8 Encoding sQuote dQuote noquote shQuote toString make.names
    make.unique abbreviate basename dirname file.path normalizePath path.expand file.exists
    dir.exists file.info file.size file.mtime file.access tools::file_ext
    tools::file_path_sans_ext file_ext file_path_sans_ext tools::toTitleCase tools::md5sum
    Sys.time Sys.Date Sys.info Sys.getpid Sys.sleep Sys.timezone Sys.getlocale Sys.setlocale
    date format.Date weekdays months julian difftime strftime strptime ISOdate ISOdatetime
    proc.time system.time sessionInfo R.Version R.version.string R.home version R.version
    getRversion packageVersion packageDescription installed.packages find.package system.file
    requireNamespace loadedNamespaces search searchpaths .packages object.size ls exists getwd
    args arity is.environment options getOption set.seed sample runif rnorm rbinom rpois rexp
    rgamma rbeta rt rchisq rmultinom rweibull dnorm pnorm qnorm dbinom pbinom qbinom dpois ppois
    dunif punif dexp pexp pt qt pchisq qchisq pf qf lm glm aov anova t.test wilcox.test
    chisq.test shapiro.test cor.test fisher.test kruskal.test var.test prop.test binom.test
    ks.test TukeyHSD predict residuals resid fitted coef confint vcov logLik AIC BIC deviance
    nobs model.matrix loess lowess smooth.spline spline approx kmeans hclust dist cutree prcomp
    princomp cmdscale fivenum IQR mad weighted.mean ecdf density hist boxplot plot lines points
    abline legend axis title par layout barplot pie pairs matplot mosaicplot image contour persp
    polygon segments arrows rect grid mtext boxplot.stats dev.off graphics.off rgb hsv hcl
    colors colorRampPalette rainbow heat.colors hcl.colors palette gray grey col2rgb rle
    inverse.rle embed convolve fft polyroot stdin stdout stderr flush bitwAnd bitwOr bitwXor xor
    quit q close textConnection seek isOpen rawToChar charToRaw as.raw as.hexmode as.octmode
    bitwShiftL data Reduce Filter Map mapply sapply lapply vapply tapply apply outer do.call
    aggregate by Position Find rapply is.numeric_version numeric_version package_version numeric
    character integer logical double complex raw max.col pmin pmax rowsum setNames modifyList
    utils::compareVersion compareVersion head.matrix txtProgressBar setTxtProgressBar
    tools::R_user_dir new.env interactive commandArgs tracemem gc gcinfo mem.maxVSize
    memory.profile kronecker lower.tri upper.tri row col identity is.na<- T F pi LETTERS letters
    month.name month.abb Inf NaN NA NULL TRUE FALSE iris mtcars airquality citation contributors
    licence license La_version extSoftVersion libcurlVersion capabilities l10n_info Cstack_info
    methods is existsFunction testthat::test_dir testthat::test_file testthat::test_local
    testthat::test_check testthat::test_package testthat::expect_equal testthat::expect_true
    test_dir test_file test_check test_local expect_equal expect_true expect_error
    devtools::test devtools::load_all devtools::document devtools::check devtools::build
    devtools::run_examples devtools::test_coverage devtools::spell_check devtools::lint
    devtools::check_man devtools::session_info devtools::build_readme devtools::test_active_file
    roxygen2::roxygenise roxygen2::roxygenize pkgdown::build_site pkgload::load_all
    pkgbuild::compile_dll pkgbuild::build rcmdcheck::rcmdcheck covr::package_coverage
    covr::report lintr::lint lintr::lint_dir lintr::lint_package styler::style_dir
    styler::style_pkg styler::style_file rmarkdown::render rmarkdown::render_site
    bookdown::render_book knitr::knit knitr::purl knitr::kable quarto::quarto_render
    renv::status renv::restore renv::snapshot renv::init renv::diagnostics renv::dependencies
    renv::activate targets::tar_make targets::tar_visnetwork targets::tar_manifest
    targets::tar_outdated sessioninfo::session_info spelling::spell_check_package
    goodpractice::gp tinytest::test_all tinytest::test_package Rcpp::compileAttributes
    lobstr::obj_size attachment::att_amend_desc desc::desc_get_version drop_na str_remove
    str_remove_all remove_missing tibble::tibble jsonlite::toJSON jsonlite::prettify toJSON
    prettify
    """
DOES = """
read.csv read 0=file
read.csv2 read 0=file
read.table read 0=file
read.delim read 0=file
readLines read 0=con
readRDS read 0=file
scan read 0=file
load read 0=file
readChar read 0=con
read.dcf read 0=file
count.fields read 0=file
list.files read 0=path
dir read 0=path
list.dirs read 0=path
Sys.glob read 0=paths
read_csv read 0=file
read_tsv read 0=file
read_delim read 0=file
read_lines read 0=file
read_file read 0=file
read_rds read 0=file
readr::read_csv read 0=file
readr::read_tsv read 0=file
readr::read_rds read 0=file
readr::read_lines read 0=file
readxl::read_excel read 0=path
readxl::excel_sheets read 0=path
read_excel read 0=path
haven::read_sav read 0=file
haven::read_dta read 0=file
arrow::read_parquet read 0=file
arrow::read_feather read 0=file
read_parquet read 0=file
read_feather read 0=file
jsonlite::fromJSON read 0=txt
jsonlite::read_json read 0=path
fromJSON read 0=txt
read_json read 0=path
yaml::read_yaml read 0=file
yaml::yaml.load_file read 0=input
read_yaml read 0=file
tools::md5sum read *
file open 0=description
gzfile open 0=description
url read 0=description
data.table::fread table 0=input
fread table 0=input
source module 0=file
write.csv write 1=file
write.csv2 write 1=file
write.table write 1=file
writeLines write 1=con
saveRDS write 1=file
save write =file
save.image write 0=file
dump write 1=file
dput write 1=file
sink write 0=file
cat write =file
write write 1=file
write_csv write 1=file
write_tsv write 1=file
write_rds write 1=file
write_lines write 1=file
readr::write_csv write 1=file
readr::write_tsv write 1=file
readr::write_rds write 1=file
arrow::write_parquet write 1=sink
write_parquet write 1=sink
data.table::fwrite write 1=file
fwrite write 1=file
jsonlite::write_json write 1=path
write_json write 1=path
write_yaml write 1=file
writexl::write_xlsx write 1=path
write_xlsx write 1=path
openxlsx::write.xlsx write 1=file
png write 0=filename
jpeg write 0=filename
tiff write 0=filename
bmp write 0=filename
svg write 0=filename
pdf write 0=file
cairo_pdf write 0=filename
postscript write 0=file
ggsave write 0=filename
ggplot2::ggsave write 0=filename
dir.create write 0=path
file.create write *
unlink delete-tree *
file.remove delete *
file.rename delete 0=from write 1=to
file.copy read 0=from write 1=to
file.append read 1=file2 write 0=file1
file.symlink write 1=to
Sys.getenv env 0=x
Sys.setenv setenv *
Sys.unsetenv setenv 0=x
setwd folder 0=dir
system text 0=command
shell text 0=cmd
system2 words 0=command
pipe text 0=description
library load 0=package
require load 0=package
loadNamespace load 0=package
attachNamespace load 0=ns
"""
CALLBACKS = """
sapply 1 FUN
lapply 1 FUN
vapply 1 FUN
tapply 2 FUN
apply 2 FUN
outer 2 FUN
mapply 0 FUN
Map 0 f
Reduce 0 f
Filter 0 f
Find 0 f
Position 0 f
rapply 1 f
do.call 0 what
aggregate 2 FUN
by 2 FUN
"""
KEYWORDS = """
    if else for while repeat function in next break TRUE FALSE NULL NA Inf NaN
    """
BUILTIN = """
    eval evalq eval.parent parse expression quote bquote substitute deparse body formals
    as.function alist call as.call match.call match.fun get get0 mget assign delayedAssign
    makeActiveBinding dynGet local sys.function sys.call sys.frame Recall Vectorize Negate
    environment<- body<- formals<- attach detach unloadNamespace sys.source Rprof trace untrace
    debug undebug browser recover shell.exec open.connection socketConnection serverSocket
    socketAccept make.socket read.socket write.socket fifo rawConnection xzfile bzfile unz
    url.show download.file download.packages install.packages update.packages remove.packages
    available.packages contrib.url chooseCRANmirror untar unzip tar zip bitmap dev.copy
    dev.print savePlot Sys.chmod Sys.umask Sys.setFileTime Sys.kill pskill tools::pskill
    mcparallel parallel::mclapply parallel::makeCluster makeCluster clusterEvalQ file.edit edit
    fix vi vim emacs pico xedit xemacs page file.show file.choose readline browseURL help.start
    help.search RSiteSearch bug.report create.post mailto dyn.load dyn.unload library.dynam .C
    .Call .External .External2 .Fortran .Internal .Primitive getNativeSymbolInfo reg.finalizer
    on.exit addTaskCallback setHook options<- Sys.setenv<- unserialize serialize file.link
    Sys.readlink readRenviron writeBin writeChar readBin pushBack truncate getFromNamespace
    assignInNamespace assignInMyNamespace getAnywhere getMethod selectMethod getNamespace
    asNamespace as.environment topenv parent.frame parent.env sys.frames list2env invokeRestart
    callCC setMethod setClass setRefClass setGeneric new slot globalCallingHandlers
    withCallingHandlers nlm R_compiled_by Rscript rm remove Sweave Stangle Rtangle RweaveLatex
    example demo vignette process.events rc.options suspendInterrupts history loadhistory
    savehistory timestamp package.skeleton prompt promptData bindingIsLocked unlockBinding
    lockBinding makeForkCluster fork mcfork mclapply parLapply clusterApply clusterCall
    clusterExport optimHess aes_string aes_ filter_ mutate_ select_ summarise_ parse_expr
    parse_quo eval_tidy str2lang str2expression as.formula reformulate exec inject optim
    integrate combn nls curve ave sweep scale glue str_glue glue_data str_interp sh bash process
    run r_bg
    """
CLASSES = ""
REFUSED = """
    fs processx callr sys httr httr2 curl RCurl crul ssh DBI RSQLite RPostgres RMySQL odbc
    mongolite redux reticulate V8 rJava remotes pak usethis withr rstudioapi gert git2r gh
    aws.s3 paws googledrive googlesheets4 gmailr blastula mailR sendmailR plumber parallel
    future batchtools clustermq rappdirs zip archive unix Rcpp cpp11 tcltk rsconnect rhub
    remoter installr pacman box import needs glue rlang cli sqldf websocket
    """
LIBRARIES = "stats utils graphics grDevices datasets methods tools base grid splines stats4"
COMMON = ""
