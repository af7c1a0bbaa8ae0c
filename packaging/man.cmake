# cmake -DPRINT_TABLES=program -DSOURCE=folder -DOUTPUT=folder -P man.cmake
execute_process(COMMAND ${PRINT_TABLES} man-keys OUTPUT_VARIABLE KEYS OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
configure_file(${SOURCE}/newswired.conf.5.in ${OUTPUT}/newswired.conf.5 @ONLY)
configure_file(${SOURCE}/newswired.8 ${OUTPUT}/newswired.8 COPYONLY)
