#!/bin/bash
# Questions about samples side by side with victoria-metrics and prometheus (Debian), one server at a time on core 0, who asks on core 1.
#   bench/questions.sh BIN LOADGEN FILE FROM MINUTES      BIN: folder with vm-obs.dll, LOADGEN: loadgen.dll, FILE: recorded remote_write requests, FROM: RFC 3339, when they begin
# Prints for each server and question the asker's line: milliseconds and CPU of the server.
set -eu
bin=$1 loadgen=$2 file=$3 from=$(date -u -d "$4" +%s) minutes=$5
to=$((from + minutes * 60))
headers="Content-Type: application/x-protobuf|Content-Encoding: snappy|X-Prometheus-Remote-Write-Version: 0.1.0"
folder=$(mktemp -d); pid=
trap 'kill $pid 2>/dev/null; rm -rf "$folder"' EXIT
ready() { for _ in $(seq 200); do curl -sf "$1" >/dev/null && return; sleep 0.1; done; echo "not ready: $1" >&2; exit 1; }
send() { taskset -c 1 dotnet "$loadgen" send --name "$1" --url "$2/api/v1/write" --file "$file" --pid $pid --lanes 8 --headers "$headers" >/dev/null; }
ask() { taskset -c 1 dotnet "$loadgen" query --name "$1" --url "$2" --pid $pid --n 200 --warm 20 --qs "$3"; }
stop() { kill $pid; wait $pid 2>/dev/null || true; pid=; rm -rf "${folder:?}/data"; }

single='node_memory_MemAvailable_bytes{instance="node-003.dc1.example.net:9100"}'
metric='node_load1'

taskset -c 0 dotnet "$bin/vm-obs.dll" serve --data "$folder/data" --listen 127.0.0.1:17080 --otlp-http 127.0.0.1:17081 --otlp-grpc 127.0.0.1:17082 >"$folder/log" 2>&1 & pid=$!
ready http://127.0.0.1:17080/obs/health
send vm-obs http://127.0.0.1:17080
dotnet "$bin/vm-obs.dll" seal --server http://127.0.0.1:17080 >/dev/null
for selector in "$single" "$metric"; do
  ask "vm-obs $selector" http://127.0.0.1:17080/obs/metrics "match=$selector&&from=$(date -u -d @$from +%FT%TZ)&&to=$(date -u -d @$to +%FT%TZ)&&limit=100000"
done
stop

taskset -c 0 victoria-metrics -storageDataPath "$folder/data" -httpListenAddr 127.0.0.1:18428 -retentionPeriod 1y -search.disableCache >"$folder/log" 2>&1 & pid=$!
ready http://127.0.0.1:18428/health
send victoria-metrics http://127.0.0.1:18428
curl -s http://127.0.0.1:18428/internal/force_flush
for selector in "$single" "$metric"; do
  ask "victoria-metrics $selector" http://127.0.0.1:18428/api/v1/query_range "query=$selector&&start=$from&&end=$to&&step=15"
done
stop

taskset -c 0 prometheus --config.file=/dev/null --storage.tsdb.path="$folder/data" --web.listen-address=127.0.0.1:19090 --web.enable-remote-write-receiver >"$folder/log" 2>&1 & pid=$!
ready http://127.0.0.1:19090/-/ready
send prometheus http://127.0.0.1:19090
for selector in "$single" "$metric"; do
  ask "prometheus $selector" http://127.0.0.1:19090/api/v1/query_range "query=$selector&&start=$from&&end=$to&&step=15"
done
stop
