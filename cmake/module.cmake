# newswired_module(<folder> [PROTO a.proto ...] [LINK targets ...])
# A folder is a static library of its .c/.cc files; .proto files are compiled with protobuf-c into
# the build folder and included as "<folder>/<name>.pb-c.h".
function(newswired_module name)
  cmake_parse_arguments(ARG "" "" "PROTO;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  set(generated)
  foreach(proto ${ARG_PROTO})
    get_filename_component(stem ${proto} NAME_WE)
    set(out ${CMAKE_BINARY_DIR}/generated/${name}/${stem}.pb-c)
    add_custom_command(OUTPUT ${out}.c ${out}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
      COMMAND ${PROTOC_C} --c_out=${CMAKE_BINARY_DIR}/generated -I ${CMAKE_SOURCE_DIR}
              ${CMAKE_CURRENT_SOURCE_DIR}/${proto}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto} VERBATIM)
    # Generated code is not held to our warnings.
    set_source_files_properties(${out}.c PROPERTIES COMPILE_OPTIONS "-w")
    list(APPEND generated ${out}.c ${out}.h)
  endforeach()
  add_library(nw_${name} STATIC ${sources} ${generated})
  target_include_directories(nw_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_include_directories(nw_${name} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(nw_${name} PUBLIC ${ARG_LINK} PRIVATE newswired_warnings)
endfunction()
