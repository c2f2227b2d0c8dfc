#!/usr/bin/env bash
# Builds a large Go program and reports progress on stderr every few seconds:
#   build.sh NAME OUTPUT FOLDER [PACKAGE]
set -euo pipefail
name=$1 output=$2 package=${4:-.}
cd "$3"
mkdir -p "$(dirname "$output")"
every=${BUILD_PROGRESS_SECONDS:-10}

# progress prints how many lines it has read, at most once in $every seconds.
progress() {
	local what=$1 total=$2 n=0 line next=$((SECONDS + every))
	while IFS= read -r line; do
		case $line in
		*" "*) [[ $line == "go: downloading "* ]] || printf '%s\n' "$line" >&2 ;;
		esac
		n=$((n + 1))
		if ((SECONDS >= next)); then
			printf '  %s: %s %d%s, %d s\n' "$name" "$what" "$n" "$total" "$SECONDS" >&2
			next=$((SECONDS + every))
		fi
	done
}

printf 'Building %s. The first build takes minutes; it is kept for the next time.\n' "$name" >&2
packages=$(mktemp)
trap 'rm -f "$packages"' EXIT
go list -deps "$package" 2> >(progress "modules downloaded" "") >"$packages"
go build -v -ldflags="-s -w" -o "$output.new" "$package" 2> >(progress "packages compiled" " of at most $(wc -l <"$packages")")
mv "$output.new" "$output"
printf 'Built %s in %d s.\n' "$name" "$SECONDS" >&2
