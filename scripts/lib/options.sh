# Sourced by scripts that take numbers: refuses what would end in a stack trace, or in a run that did nothing and passed.
# shellcheck shell=bash

# usage_error MESSAGE: says what is wrong with the command line, and where to read on.
usage_error() {
  echo "${0##*/}: $*; see $0 --help" >&2
  exit 2
}

# split_options ARGUMENT...: puts them into the array `options`, with `--name=value` as two.
split_options() {
  options=()
  local argument
  for argument; do
    case $argument in
      --*=*) options+=("${argument%%=*}" "${argument#*=}") ;;
      *) options+=("$argument") ;;
    esac
  done
}

# whole NAME VALUE MIN MAX: refuses a value that is no whole number from MIN to MAX.
whole() {
  [[ $2 =~ ^(0|[1-9][0-9]{0,9})$ ]] && (($2 >= $3 && $2 <= $4)) || usage_error "$1 takes a whole number from $3 to $4, not '$2'"
}

# decimal NAME VALUE: refuses a value that is no number above zero.
decimal() {
  [[ $2 =~ ^[0-9]{1,6}(\.[0-9]{1,6})?$ && $2 =~ [1-9] ]] || usage_error "$1 takes a number above 0, not '$2'"
}
