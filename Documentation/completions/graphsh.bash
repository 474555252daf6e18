# Completion of graphsh for bash; made by `graphsh --completions bash`.
_graphsh() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]} words=
  [ "$COMP_CWORD" -eq 1 ] && command=
  case "$command" in
  run)
    case "$before" in
    -F|--fact-dir) ;;
    -D|--output-dir) ;;
    -M|--macro) ;;
    -I|--include-dir) ;;
    -m|--magic-transform) ;;
    --timeout) ;;
    --memory-limit) ;;
    -j|--jobs) ;;
    --without) words="rows heads intersections closure nodes groups existence demand aggregates columns selections computations ranges filters lattices texts scalars" ;;
    *) case "$word" in -*) words="-F --fact-dir -D --output-dir -M --macro -I --include-dir -w --no-warn -m --magic-transform --profile --timeout --memory-limit -j --jobs --without --help" ;; esac ;;
    esac ;;
  import)
    case "$before" in
    --format) words="csv tsv jsonl ntriples graphml facts dl" ;;
    --header) ;;
    --max-errors) ;;
    --rejected) ;;
    --wait) ;;
    *) case "$word" in -*) words="--format --header --max-errors --rejected --wait --help" ;; esac ;;
    esac ;;
  export)
    case "$before" in
    --format) words="jsonl csv tsv dot graphml ntriples cypher facts dl" ;;
    -o|--output) ;;
    *) case "$word" in -*) words="--format -o --output --salvage --help" ;; esac ;;
    esac ;;
  check)
    case "$before" in
    *) case "$word" in -*) words="--help" ;; esac ;;
    esac ;;
  sql)
    case "$before" in
    --dialect) words="duckdb postgres spark" ;;
    -o|--output) ;;
    -M|--macro) ;;
    -I|--include-dir) ;;
    *) case "$word" in -*) words="--dialect -o --output -M --macro -I --include-dir --help" ;; esac ;;
    esac ;;
  verify)
    case "$before" in
    *) case "$word" in -*) words="--help" ;; esac ;;
    esac ;;
  compact)
    case "$before" in
    --wait) ;;
    *) case "$word" in -*) words="--wait --help" ;; esac ;;
    esac ;;
  backup)
    case "$before" in
    *) case "$word" in -*) words="--help" ;; esac ;;
    esac ;;
  *)
    case "$before" in
    -e) ;;
    -f) ;;
    --format) words="box csv tsv json jsonl markdown line dot" ;;
    -o|--output) ;;
    --param) ;;
    --wait) ;;
    --timeout) ;;
    --memory-limit) ;;
    -j|--jobs) ;;
    --without) words="rows heads intersections closure nodes groups existence demand aggregates columns selections computations ranges filters lattices texts scalars" ;;
    --completions) words="bash zsh fish" ;;
    *) case "$word" in -*) words="-e -f --format -o --output --param --read-only --create --wait --continue --timeout --memory-limit -j --jobs --without --help --version --manual --completions" ;; *) [ "$COMP_CWORD" -eq 1 ] && words="run import export check sql verify compact backup" ;; esac ;;
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  # Where no word fits it is a path.
  [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _graphsh graphsh
