namespace VmObs.Demo;

/// <summary>The SPEC's own settlement and log line, at the SPEC's own time.</summary>
internal static class SpecDocuments
{
    /// <summary>When the settlement had ended: it is sent with what ended in that second.</summary>
    public static DateTimeOffset TraceEnd { get; } = new(2025, 12, 6, 14, 30, 2, 345, TimeSpan.Zero);

    /// <summary>SPEC 2.3; who started it and the amount, which SPEC 3.2's receipt has, stand in its attributes.</summary>
    public static ReadOnlySpan<byte> Trace =>
        """{"trace_id":"trace-abc123","name":"treasury_settlement","start_time":"2025-12-06T14:30:00.000Z","end_time":"2025-12-06T14:30:02.345Z","duration_ms":2345,"status":"ok","spans":[{"span_id":"span-001","parent_span_id":null,"name":"http_request","service":"portal","node":"did:vm:node:portal-01","start_time":"2025-12-06T14:30:00.000Z","duration_ms":2340,"attributes":{"http.method":"POST","http.url":"/treasury/settle","http.status_code":200,"vm.user":"did:vm:user:sovereign"}},{"span_id":"span-002","parent_span_id":"span-001","name":"validate_settlement","service":"treasury-engine","node":"did:vm:node:brick-01","start_time":"2025-12-06T14:30:00.100Z","duration_ms":150,"attributes":{"settlement_id":"settle-2025-12-06-001","accounts_involved":3,"amount":"1000.00 USD"}},{"span_id":"span-003","parent_span_id":"span-001","name":"emit_receipt","service":"ledger","node":"did:vm:node:brick-01","start_time":"2025-12-06T14:30:00.250Z","duration_ms":50,"attributes":{"receipt_type":"treasury_settlement","scroll":"treasury"}},{"span_id":"span-004","parent_span_id":"span-001","name":"anchor_request","service":"guardian","node":"did:vm:node:brick-01","start_time":"2025-12-06T14:30:00.300Z","duration_ms":2000,"attributes":{"backend":"bitcoin","txid":"btc:abc123"}}],"tags":["treasury","settlement","anchor"]}"""u8;

    /// <summary>When the line was written.</summary>
    public static DateTimeOffset LineTime { get; } = new(2025, 12, 6, 14, 30, 15, 123, TimeSpan.Zero);

    /// <summary>SPEC 2.2.</summary>
    public static ReadOnlySpan<byte> Line =>
        """{"log_id":"log:guardian:2025-12-06T14:30:15.123Z","timestamp":"2025-12-06T14:30:15.123Z","level":"info","service":"guardian","node":"did:vm:node:brick-01","message":"Anchor cycle completed successfully","attributes":{"cycle_id":"anchor-cycle-2025-12-06-001","receipts_anchored":47,"scrolls_included":["treasury","mesh","identity"],"duration_ms":1234,"backend":"bitcoin"},"trace_id":"trace-abc123","span_id":"span-004","caller":"guardian/anchor.go:234"}"""u8;
}
