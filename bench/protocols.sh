#!/bin/bash
# Every protocol over HTTP, one server at a time on core 0, the generator on core 1.
#   bench/protocols.sh BIN LOADGEN FILE…      BIN: folder with vm-obs.dll, LOADGEN: loadgen.dll, FILE: recorded requests (VmObs.Bench convert makes them)
# Prints the generator's line (items per CPU-second of the server to the last acknowledgement, latencies), then the process's CPU without and with the seal.
set -eu
bin=$1 loadgen=$2; shift 2
folder=$(mktemp -d); pid=
# What is sent is what is stored: no trace is sampled out.
echo 'sampling_rules: []' > "$folder/vm-obs.yaml"
trap 'kill $pid 2>/dev/null; rm -rf "$folder"' EXIT
cpu() { awk '{print ($14+$15)/100}' /proc/$pid/stat; }
for file in "$@"; do
  protobuf="Content-Type: application/x-protobuf" json="Content-Type: application/json"
  case $file in
    *.rw) path=/api/v1/write headers="$protobuf|Content-Encoding: snappy|X-Prometheus-Remote-Write-Version: 0.1.0" ;;
    *.rw2) path=/api/v1/write headers="$protobuf;proto=io.prometheus.write.v2.Request|Content-Encoding: snappy" ;;
    *.otlp-metrics) path=/v1/metrics headers=$protobuf ;;
    *.otlp-metrics-json) path=/v1/metrics headers=$json ;;
    *.loki) path=/loki/api/v1/push headers=$protobuf ;;
    *.loki-json) path=/loki/api/v1/push headers=$json ;;
    *.otlp-logs) path=/v1/logs headers=$protobuf ;;
    *.otlp-logs-json) path=/v1/logs headers=$json ;;
    *.json-lines) path=/obs/ingest/logs headers="Content-Type: application/x-ndjson" ;;
    *.bulk) path=/_bulk headers="Content-Type: application/x-ndjson" ;;
    *.otlp) path=/v1/traces headers=$protobuf ;;
    *.otlp-json) path=/v1/traces headers=$json ;;
    *.zipkin) path=/api/v2/spans headers=$json ;;
    *) echo "$file: no path for this ending" >&2; exit 2 ;;
  esac
  taskset -c 0 dotnet "$bin/vm-obs.dll" serve --config "$folder/vm-obs.yaml" --data "$folder/data" --listen 127.0.0.1:17080 --otlp-http 127.0.0.1:17081 --otlp-grpc 127.0.0.1:17082 > "$folder/log" 2>&1 & pid=$!
  for _ in $(seq 200); do curl -sf http://127.0.0.1:17080/obs/health >/dev/null && break; sleep 0.1; done
  start=$(cpu)
  taskset -c 1 dotnet "$loadgen" send --name "$(basename "$file")" --url "http://127.0.0.1:17080$path" --file "$file" --pid $pid --lanes "${LANES:-8}" --headers "$headers"
  before=$(cpu); dotnet "$bin/vm-obs.dll" seal --server http://127.0.0.1:17080 > /dev/null
  echo "CPU $start at the start, $before to the last acknowledgement, $(cpu) with the seal; $(du -sb "$folder/data/telemetry" | cut -f1) bytes sealed; $(awk '/VmHWM/ {print int($2/1024) " MB peak"}' /proc/$pid/status)"
  kill $pid; wait $pid 2>/dev/null || true; rm -rf "${folder:?}/data"
done
