#!/usr/bin/env bash
# Builds everything and runs every test. The last line is the sum: N passed, N failed, N skipped.
#   ./test.sh            all
#   ./test.sh --fast     without browsers
#   ./test.sh --natlab   homes behind all kinds of NAT, every pair of them, and nothing else; prints the table (docs/natlab.md)
# As root on Debian it installs what is missing; otherwise it says what is, and runs the rest. Logs go to artifacts/.
set -uo pipefail
cd "$(dirname "$0")"

fast=false natlab=false
for argument in "$@"; do
  case "$argument" in
    --fast) fast=true ;;
    --natlab) natlab=true ;;
    *) echo "usage: ./test.sh [--fast | --natlab]" >&2; exit 2 ;;
  esac
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
artifacts=$PWD/artifacts
rm -rf "$artifacts"
mkdir -p "$artifacts/screenshots"
passed=0 failed=0 skipped=0

say() { printf '\n== %s  (%s s)\n' "$1" "$SECONDS"; }

# A check that is one test: a command, its name, and its output if it fails.
check() {
  local name=$1; shift
  say "$name"
  if "$@" >"$artifacts/$name.log" 2>&1; then
    passed=$((passed + 1)); echo ok
  else
    failed=$((failed + 1)); cat "$artifacts/$name.log"
  fi
}

# A check that cannot run here: skipped, but never on CI.
missing() {
  if [ -n "${CI:-}" ]; then
    failed=$((failed + 1)); echo "FAILED: $1"
  else
    skipped=$((skipped + 1)); echo "skipped: $1"
  fi
}

# What browsers and other WebRTC stacks the tests use, as Debian names it.
packages=(
  chromium firefox-esr coturn python3-aiortc python3-gst-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice
  redis-server nftables iproute2 conntrack docker-compose caddy
)

present() {
  case $1 in
    chromium | firefox-esr) command -v "$1" ;;
    coturn) command -v turnserver ;;
    redis-server) command -v redis-server ;;
    *) dpkg-query -W -f '${Status}' "$1" | grep 'ok installed' ;;
  esac >/dev/null 2>&1
}

install() {
  local package wanted=()
  for package in "${packages[@]}"; do present "$package" || wanted+=("$package"); done
  [ ${#wanted[@]} -eq 0 ] && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${wanted[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${wanted[@]}" fonts-dejavu-core fonts-noto-cjk; } \
      >"$artifacts/install.log" 2>&1 || { echo "could not install ${wanted[*]}:"; tail -5 "$artifacts/install.log"; }
  else
    echo "missing: ${wanted[*]} (tests that need them are skipped; install them, or run as root on Debian)"
  fi
}

# Runs one test project; its counts come from its results file, and a runner that dies counts as a failure.
project() {
  local name=$1 results="$artifacts/$1.trx" line counts
  shift
  say "$name"
  dotnet test --no-build -c Release "tests/$name" "$@" --results-directory "$artifacts" --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
    >"$artifacts/$name.log" 2>&1
  local code=$?
  [ $code -eq 0 ] || cat "$artifacts/$name.log"
  line=$(grep -o '<Counters [^>]*>' "$results" 2>/dev/null | head -1)
  counts() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$line"; }
  if [ -z "$line" ] || [ "$(counts total)" = 0 ]; then
    failed=$((failed + 1)); echo "FAILED: $name ran no test"
    return
  fi
  local p f s
  p=$(counts passed); f=$(counts failed); s=$(($(counts total) - $(counts executed)))
  [ $code -ne 0 ] && [ "$f" = 0 ] && f=1
  [ -n "${CI:-}" ] && { f=$((f + s)); s=0; }
  passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + s))
  echo "$p passed, $f failed, $s skipped"
}

# The client's own tests: types by the TypeScript compiler, behaviour by node's test runner.
javascript() {
  if ! command -v npm >/dev/null; then
    missing "npm is not installed: the client's types and unit tests"
    return
  fi
  check javascript-install npm ci --prefix web/tests --no-audit --no-fund --silent
  check javascript-types npm run --prefix web/tests types
  say javascript-tests
  (cd web/tests && node --test --test-reporter=tap) >"$artifacts/javascript-tests.log" 2>&1
  local code=$? p f s
  p=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$artifacts/javascript-tests.log" | tail -1)
  f=$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$artifacts/javascript-tests.log" | tail -1)
  s=$(sed -n 's/^# skipped \([0-9]*\)$/\1/p' "$artifacts/javascript-tests.log" | tail -1)
  [ $code -eq 0 ] || cat "$artifacts/javascript-tests.log"
  if [ -z "$p" ] || { [ $code -ne 0 ] && [ "$f" = 0 ]; }; then f=$((${f:-0} + 1)); fi
  passed=$((passed + ${p:-0})); failed=$((failed + f)); skipped=$((skipped + ${s:-0}))
  echo "${p:-0} passed, $f failed, ${s:-0} skipped"
}

# The stacks of the interoperability tests that come by npm.
stacks() {
  if command -v npm >/dev/null; then check stacks-install npm ci --prefix tests/E2E.Tests/Interop/stacks --no-audit --no-fund --silent
  else missing "npm is not installed: libwebrtc in node, and werift"
  fi
}

$fast || install
say build
if ! dotnet build -c Release RtcHub.sln -v quiet >"$artifacts/build.log" 2>&1; then
  cat "$artifacts/build.log"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
echo ok
if $natlab; then
  RTCHUB_NATLAB=1 project E2E.Tests --filter FullyQualifiedName~NatLabTests
  [ -f "$artifacts/nat-lab.md" ] && { echo; printf '| | |\n|---|---|\n'; sort "$artifacts/nat-lab.md"; }
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
fi
fuzz() { local target; for target in dtls payload rtcp rtp stun; do dotnet run --no-build -c Release --project load/fuzz -- "$target" "load/fuzz/corpus/$target" || return; done; }
# Style and analyzers, which dotnet format would look at as well, are errors of the build already (EnforceCodeStyleInBuild).
check format dotnet format whitespace RtcHub.sln --verify-no-changes --no-restore
check fuzz-corpus fuzz
javascript
project Rtc.Tests
project Sfu.Tests
project Signal.Tests
$fast || { stacks; project E2E.Tests; }

say done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
