#!/usr/bin/env bash
# Builds the version before and this one, and runs the upgrade in a throw-away stack: run.sh STACK [COMMIT].
# Without a commit the version before is the newest tag or, as long as nothing is released, what was
# there before the newest migration, on this branch: commits that a merge has brought were versions of no marketplace.
set -euo pipefail
cd "$(dirname "$0")/../.."
before=${2:-}
[ -n "$before" ] || before=$(git describe --tags --abbrev=0 2>/dev/null || true)
[ -n "$before" ] || before="$(git log -1 --first-parent -m --diff-filter=A --format=%H -- 'migrations/0*.sql')^"
dir=$(mktemp -d)
trap 'git worktree remove --force "$dir/source" 2>/dev/null; rm -rf "$dir"' EXIT
git worktree add --quiet --detach "$dir/source" "$before"
echo "the version before is $(git log -1 --format='%h, %s' "$before")"
(cd "$dir/source" && go build -o "$dir/before" .)
go build -o "$dir/now" .
"$1" exec -- go run ./deploy/upgrade -before "$dir/before" -now "$dir/now"
