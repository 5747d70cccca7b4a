#!/bin/bash
# Ingest side by side with victoria-metrics (Debian), one server at a time on core 0, the generator on core 1.
#   bench/compare.sh BIN LOADGEN FILE…      BIN: folder with vm-obs.dll, LOADGEN: loadgen.dll, FILE: recorded remote_write requests
# Prints the generator's line (items per CPU-second of the server, latencies), then CPU with the flush or seal, peak memory and bytes on disk.
set -eu
bin=$1 loadgen=$2; shift 2
headers="Content-Type: application/x-protobuf|Content-Encoding: snappy|X-Prometheus-Remote-Write-Version: 0.1.0"
folder=$(mktemp -d); pid=
trap 'kill $pid 2>/dev/null; rm -rf "$folder"' EXIT
cpu() { awk '{print ($14+$15)/100}' /proc/$pid/stat; }
peak() { awk '/VmHWM/ {print int($2/1024) " MB peak"}' /proc/$pid/status; }
ready() { for _ in $(seq 200); do curl -sf "$1" >/dev/null && return; sleep 0.1; done; echo "not ready: $1" >&2; exit 1; }
send() { taskset -c 1 dotnet "$loadgen" send --name "$1" --url "$2/api/v1/write" --file "$3" --pid $pid --lanes "$4" --headers "$headers"; }
stop() { kill $pid; wait $pid 2>/dev/null || true; rm -rf "${folder:?}/data"; }
for file in "$@"; do
  for lanes in ${LANES:-8}; do
    echo "== $(basename "$file"), $lanes senders"
    taskset -c 0 dotnet "$bin/vm-obs.dll" serve --data "$folder/data" --listen 127.0.0.1:17080 --otlp-http 127.0.0.1:17081 --otlp-grpc 127.0.0.1:17082 > "$folder/log" 2>&1 & pid=$!
    ready http://127.0.0.1:17080/obs/health; echo "vm-obs: CPU at start $(cpu)"
    send vm-obs http://127.0.0.1:17080 "$file" "$lanes"
    before=$(cpu); dotnet "$bin/vm-obs.dll" seal --server http://127.0.0.1:17080 > /dev/null
    echo "vm-obs: CPU $before, with the seal $(cpu); $(peak); $(du -sb "$folder/data/telemetry" | cut -f1) bytes sealed"; stop
    taskset -c 0 victoria-metrics -storageDataPath "$folder/data" -httpListenAddr 127.0.0.1:18428 -retentionPeriod 1y > "$folder/log" 2>&1 & pid=$!
    ready http://127.0.0.1:18428/health; echo "victoria-metrics: CPU at start $(cpu)"
    send victoria-metrics http://127.0.0.1:18428 "$file" "$lanes"
    before=$(cpu); curl -s http://127.0.0.1:18428/internal/force_flush; sleep 5
    echo "victoria-metrics: CPU $before, with the flush $(cpu); $(peak); $(du -sb "$folder/data" | cut -f1) bytes"; stop
  done
done
