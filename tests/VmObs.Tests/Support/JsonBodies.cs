using System.Text;

namespace VmObs.Tests.Support;

/// <summary>Bodies in JSON: the documents of SPEC 2.1 to 2.3 as they stand there, a Loki push, a bulk.</summary>
public static class JsonBodies
{
    public static byte[] SpecMetric { get; } = Utf8(
        """
        {
        "metric_id": "metric:brick-01:cpu:2025-12-06T14:30:00Z",
        "node": "did:vm:node:brick-01",
        "timestamp": "2025-12-06T14:30:00Z",
        "metrics": {
        "cpu_percent": 23.5,
        "memory_percent": 67.2,
        "disk_percent": 45.8,
        "network_rx_bytes": 1234567890,
        "network_tx_bytes": 987654321,
        "open_file_descriptors": 342,
        "goroutines": 156
        },
        "labels": {
        "environment": "production",
        "region": "eu-west",
        "service": "guardian"
        },
        "collection_method": "prometheus_scrape",
        "scrape_duration_ms": 45
        }
        """);

    public static byte[] SpecLog { get; } = Utf8(
        """
        {
        "log_id": "log:guardian:2025-12-06T14:30:15.123Z",
        "timestamp": "2025-12-06T14:30:15.123Z",
        "level": "info",
        "service": "guardian",
        "node": "did:vm:node:brick-01",
        "message": "Anchor cycle completed successfully",
        "attributes": {
        "cycle_id": "anchor-cycle-2025-12-06-001",
        "receipts_anchored": 47,
        "scrolls_included": ["treasury", "mesh", "identity"],
        "duration_ms": 1234,
        "backend": "bitcoin"
        },
        "trace_id": "trace-abc123...",
        "span_id": "span-def456...",
        "caller": "guardian/anchor.go:234"
        }
        """);

    public static byte[] SpecTrace { get; } = Utf8(
        """
        {
        "trace_id": "trace-abc123...",
        "name": "treasury_settlement",
        "start_time": "2025-12-06T14:30:00.000Z",
        "end_time": "2025-12-06T14:30:02.345Z",
        "duration_ms": 2345,
        "status": "ok",
        "spans": [
        {
        "span_id": "span-001",
        "parent_span_id": null,
        "name": "http_request",
        "service": "portal",
        "node": "did:vm:node:portal-01",
        "start_time": "2025-12-06T14:30:00.000Z",
        "duration_ms": 2340,
        "attributes": {
        "http.method": "POST",
        "http.url": "/treasury/settle",
        "http.status_code": 200
        }
        },
        {
        "span_id": "span-002",
        "parent_span_id": "span-001",
        "name": "validate_settlement",
        "service": "treasury-engine",
        "node": "did:vm:node:brick-01",
        "start_time": "2025-12-06T14:30:00.100Z",
        "duration_ms": 150,
        "attributes": {
        "settlement_id": "settle-2025-12-06-001",
        "accounts_involved": 3
        }
        },
        {
        "span_id": "span-003",
        "parent_span_id": "span-001",
        "name": "emit_receipt",
        "service": "ledger",
        "node": "did:vm:node:brick-01",
        "start_time": "2025-12-06T14:30:00.250Z",
        "duration_ms": 50,
        "attributes": {
        "receipt_type": "treasury_settlement",
        "scroll": "treasury"
        }
        },
        {
        "span_id": "span-004",
        "parent_span_id": "span-001",
        "name": "anchor_request",
        "service": "guardian",
        "node": "did:vm:node:brick-01",
        "start_time": "2025-12-06T14:30:00.300Z",
        "duration_ms": 2000,
        "attributes": {
        "backend": "bitcoin",
        "txid": "btc:abc123..."
        }
        }
        ],
        "tags": ["treasury", "settlement", "anchor"]
        }
        """);

    public static byte[] LokiPush { get; } = Utf8(
        """
        {"streams":[{"stream":{"a":"b","level":"info"},"values":[["1765031415123000000","line one"],[1765031415123000000,"{\"level\":\"error\"}",{"k":"v"}]]}]}
        """);

    public static byte[] Bulk { get; } = Utf8(
        """
        {"create":{"_index":"logs-web"}}
        {"@timestamp":"2025-12-06T14:30:15.000Z","message":"one","log":{"level":"warn"},"service":{"name":"web"},"host":{"name":"brick-01"}}
        {"index":{"_index":"logs-web","_id":"7"}}
        {"@timestamp":"2025-12-06T14:30:16.000Z","message":"two"}
        {"delete":{"_index":"logs-web","_id":"7"}}

        """);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
