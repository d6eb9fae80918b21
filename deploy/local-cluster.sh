#!/usr/bin/env bash
# The whole topology as processes of one machine: two hubs behind a proxy, two media services, Redis and coturn.
#   deploy/local-cluster.sh [--port N] [--dir DIR] [--no-build]
# N is the proxy's port (8080); the next eight are used by the others. Logs and process ids go to DIR. What is killed is started
# again a second later, as a container would be. Ctrl+C ends everything.
set -uo pipefail
cd "$(dirname "$0")/.."

port=8080 dir='' build=true
while [ $# -gt 0 ]; do
  case "$1" in
    --port) port=$2; shift ;;
    --dir) dir=$2; shift ;;
    --no-build) build=false ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift
done

for program in dotnet redis-server turnserver caddy; do
  command -v "$program" >/dev/null || missing="${missing:-} $program"
done
if [ -n "${missing:-}" ]; then
  echo "not installed:$missing   (Debian: apt-get install redis-server coturn caddy)" >&2
  exit 1
fi

if $build; then
  echo "building ..."
  DOTNET_NOLOGO=1 dotnet build -c Release -v quiet src/Signal src/Sfu 2>/dev/null || dotnet build -c Release -v quiet RtcHub.sln || exit 1
fi
[ -n "$dir" ] || dir=$(mktemp -d -t rtchub-cluster-XXXXXX)
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
rm -f "$dir"/*.pid "$dir/stopping"

hubs=($((port + 1)) $((port + 2)))
controls=($((port + 3)) $((port + 4)))
media=($((port + 5)) $((port + 6)))
redis=$((port + 7))
turn=$((port + 8))
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Secrets go by the environment: command lines can be read by everybody on the machine.
export DOTNET_NOLOGO=1 Redis__Connection="127.0.0.1:$redis" Sfu__Secret Turn__Secret
Sfu__Secret=$(secret) Turn__Secret=$(secret)

# Runs a program until the end of the cluster, and again whenever it ends before.
keep() {
  local name=$1; shift
  (
    trap '' INT
    while [ ! -e "$dir/stopping" ]; do
      "$@" >>"$dir/$name.log" 2>&1 &
      echo $! >"$dir/$name.pid.new" && mv "$dir/$name.pid.new" "$dir/$name.pid"
      wait $!
      echo "-- $name ended with $?" >>"$dir/$name.log"
      sleep 1
    done
  ) &
}

stop() {
  trap '' INT TERM
  touch "$dir/stopping"
  local pids=() file
  for file in "$dir"/*.pid; do [ -e "$file" ] && pids+=("$(cat "$file")"); done
  [ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null
  # Whoever has not ended by then waits for clients that will not come back.
  for _ in $(seq 30); do
    kill -0 "${pids[@]}" 2>/dev/null || break
    sleep 0.1
  done
  [ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
  wait
  exit 0
}
trap stop INT TERM

keep redis redis-server --port "$redis" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly yes --appendfsync everysec
keep coturn turnserver -n --listening-ip=127.0.0.1 --relay-ip=127.0.0.1 --listening-port="$turn" --min-port=49160 --max-port=49660 --realm=rtchub \
  --use-auth-secret --static-auth-secret="$Turn__Secret" --fingerprint --allow-loopback-peers --no-tls --no-dtls --no-cli \
  --log-file=stdout --simple-log --pidfile="$dir/coturn.own-pid" --userdb="$dir/coturn.db"
for i in 0 1; do
  keep "sfu-$((i + 1))" dotnet src/Sfu/bin/Release/net10.0/RtcHub.Sfu.dll --urls="http://127.0.0.1:${controls[i]}" --Sfu:Port="${media[i]}" --Sfu:Workers=1
done
for i in 0 1; do
  keep "hub-$((i + 1))" dotnet src/Signal/bin/Release/net10.0/RtcHub.Signal.dll --urls="http://127.0.0.1:${hubs[i]}" --Sfu:Mode=Pool \
    --Turn:Urls:0="turn:127.0.0.1:$turn?transport=udp" --Turn:Urls:1="turn:127.0.0.1:$turn?transport=tcp" --Stun:Enabled=false --Proxy:Trusted:0=127.0.0.1
done
export RTCHUB_SITE="http://:$port" RTCHUB_UPSTREAMS=list RTCHUB_HUBS="127.0.0.1:${hubs[0]} 127.0.0.1:${hubs[1]}"
keep proxy caddy run --adapter caddyfile --config deploy/caddy/Caddyfile

answers() { curl -fsS -o /dev/null --max-time 1 "$1" 2>/dev/null; }
for _ in $(seq 300); do
  ready=true
  for url in "http://127.0.0.1:${hubs[0]}/readyz" "http://127.0.0.1:${hubs[1]}/readyz" "http://127.0.0.1:${controls[0]}/readyz" "http://127.0.0.1:${controls[1]}/readyz" "http://127.0.0.1:$port/readyz"; do
    answers "$url" || ready=false
  done
  $ready && break
  sleep 0.2
done
$ready || { echo "not everything is ready; the logs are in $dir" >&2; tail -n 3 "$dir"/*.log >&2; stop; }

cat <<EOF

  RtcHub as a cluster, on this machine

  Open     http://localhost:$port
  Hubs     http://127.0.0.1:${hubs[0]}  http://127.0.0.1:${hubs[1]}
  Logs     $dir

  Kill what you like; it is back a second later:

EOF
for name in hub-1 hub-2 sfu-1 sfu-2 redis coturn proxy; do echo "    kill -9 \$(cat $dir/$name.pid)"; done
printf '\n  Ctrl+C ends everything.\n'
wait
