# Sourced by what plants mutants: reads one, and puts its new text in the place of the old one. What a mutant's file holds tells
# spec/mutants/README.md.
# shellcheck shell=bash disable=SC2034 # header, old and new are for who sources this.
declare -A header=()
old='' new=''

# Reads a file into header, old and new.
read_mutant() {
    local line part=header
    header=() old='' new=''
    while IFS= read -r line || [[ -n $line ]]; do
        case $part:$line in
            header:'--- old') part=old ;;
            old:'--- new') part=new ;;
            header:*) header[${line%%: *}]=${line#*: } ;;
            old:*) old+=$line$'\n' ;;
            new:*) new+=$line$'\n' ;;
        esac
    done < "$1"
    old=${old%$'\n'} new=${new%$'\n'}
    [[ -n $old && -n ${header[file]:-} ]] || { echo "$1 is no mutant: see spec/mutants/README.md" >&2; return 2; }
}

# Plants what was read last in a tree.
plant_mutant() {
    local file=$1/${header[file]} text after
    IFS= read -r -d '' text < "$file" || true
    after=${text#*"$old"}
    [[ $after != "$text" && $after != *"$old"* ]] || { echo "a mutant's text does not stand exactly once in ${header[file]}" >&2; return 2; }
    printf '%s' "${text%%"$old"*}$new$after" > "$file"
}
