namespace VmObs.Demo;

/// <summary>The VaultMesh of the demo: five nodes, the services on them, and what each of them measures.</summary>
internal static class Mesh
{
    /// <summary>Its nodes, short.</summary>
    public static IReadOnlyList<string> Nodes { get; } = ["brick-01", "brick-02", "brick-03", "brick-04", "portal-01"];

    /// <summary>How often everything is scraped.</summary>
    public static TimeSpan ScrapeInterval { get; } = TimeSpan.FromSeconds(15);

    /// <summary>All that is scraped. Counters begin at zero.</summary>
    public static IReadOnlyList<Exporter> CreateExporters() =>
    [
        new("brick-01", "guardian", Node(cpu: 24, memory: 67, disk: 46), Traffic),
        new("brick-02", "guardian",
            [
                .. Node(cpu: 36, memory: 71, disk: 52, cpuInStory: Story.Cpu),
                new("guardian_anchor_queue_depth", 9, 4) { InStory = Story.QueueDepth },
            ],
            [
                .. Traffic,
                new("anchors_completed_total", 0.2) { InStory = new Curve((8, 0.2), (22, 0.1), (30, 0.6), (50, 0.2)) },
                new("guardian_anchor_failures_total", 0) { InStory = new Curve((8, 0), (22, 3), (30, 0)) },
            ]),
        new("brick-03", "oracle",
            [.. Node(cpu: 31, memory: 58, disk: 39), new("oracle_up", 1, 0), new("oracle_confidence_percent", 97, 2)],
            [.. Traffic, new("oracle_requests", 120)]),
        new("brick-04", "mesh",
            [.. Node(cpu: 18, memory: 44, disk: 33), new("mesh_route_latency_ms", 14, 5), new("mesh_nodes_healthy", 5, 0)],
            [.. Traffic, new("mesh_capability_uses_total", 42)]),
        new("portal-01", "portal",
            [.. Node(cpu: 27, memory: 49, disk: 28), new("http_request_duration_ms", 85, 30)],
            [.. Traffic, new("http_requests_total", 340), new("http_request_errors_total", 1.5) { InStory = new Curve((8, 1.5), (22, 19), (31, 2)) }]),
        new("brick-01", "treasury",
            [new("treasury.receipts_per_minute", 30, 8) { InStory = Story.ReceiptsPerMinute }],
            [new("receipts_emitted_total", 30) { InStory = Story.ReceiptsPerMinute }]),
        new("brick-01", "ledger", [new("ledger_append_duration_ms", 4, 2)], [new("ledger_appends_total", 34)]),
        new("brick-03", "identity", [new("blocked_ips", 3, 2), new("identity_sessions", 210, 40)], [new("auth_attempts_total", 25), new("failed_logins_total", 0.8)]),
    ];

    private static IReadOnlyList<Counter> Traffic { get; } = [new("network_rx_bytes", 48_000_000), new("network_tx_bytes", 39_000_000)];

    private static IReadOnlyList<Gauge> Node(double cpu, double memory, double disk, Curve? cpuInStory = null) =>
    [
        new("up", 1, 0),
        new("cpu_percent", cpu, 4) { InStory = cpuInStory },
        new("memory_percent", memory, 2),
        new("disk_percent", disk, 0.3),
        new("open_file_descriptors", 342, 30),
        new("goroutines", 156, 20),
    ];
}
