using System.Globalization;

namespace VmObs.Demo;

/// <summary>Settlements: portal → treasury → engine, ledger and guardian. They wait for the guardian's anchor, and so for its backlog.</summary>
internal static class Settlements
{
    private const double GuardianTimeoutMs = 8000;

    private static readonly Schedule s_schedule = new("settlement", TimeSpan.FromSeconds(30), share: 0.9);
    private static readonly string[] s_users = ["did:vm:user:sovereign", "did:vm:user:steward", "did:vm:user:auditor"];

    /// <summary>Those that come in within [from, to).</summary>
    public static IEnumerable<MeshRequest> Between(DateTimeOffset from, DateTimeOffset to) => s_schedule.Between(from, to).Select(At);

    /// <summary>The lines that one leaves.</summary>
    public static IEnumerable<MeshLogLine> Lines(MeshRequest settlement)
    {
        var id = settlement.Spans[2].Attributes[0].Value;
        yield return settlement.Line(2, "debug", "settlement validated", ("settlement_id", id));
        if (settlement.Spans[4].Failure is { } failure)
        {
            yield return settlement.Line(4, "error", failure, ("settlement_id", id), ("backend", "bitcoin"));
            yield return settlement.Line(1, "error", "settlement failed: no anchor", ("settlement_id", id));
        }
        else if (settlement.DurationMs > 1000)
            yield return settlement.Line(1, "warn", "settlement slow", ("settlement_id", id), ("duration_ms", settlement.DurationMs));
        else
            yield return settlement.Line(1, "info", "settlement completed", ("settlement_id", id), ("duration_ms", settlement.DurationMs));
    }

    private static MeshRequest At(DateTimeOffset time)
    {
        var failed = Chance.At("anchor fails", time) < Story.AnchorFailuresAt(time);
        var usual = Chance.Between(180, 640, "anchor takes", time);
        var anchor = failed ? GuardianTimeoutMs : Math.Round(usual * Story.AnchorSlownessAt(time));
        var validate = Math.Round(Chance.Between(20, 150, "validation takes", time));
        var emit = Math.Round(Chance.Between(10, 60, "emission takes", time));
        var settle = 10 + validate + emit + anchor;
        var id = "settle-" + time.UtcDateTime.ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture);
        return new MeshRequest("treasury_settlement", time,
        [
            new("http_request", "portal", "portal-01", 0, settle + 8)
            {
                Failure = failed ? "502 from treasury" : null,
                Attributes = [("http.method", "POST"), ("http.url", "/treasury/settle"), ("http.status_code", failed ? 502 : 200), ("vm.user", Chance.OneOf(s_users, "user", time))],
            },
            new("settle", "treasury", "brick-01", 4, settle) { Failure = failed ? "settlement failed: no anchor" : null },
            new("validate_settlement", "treasury-engine", "brick-01", 8, validate)
            {
                Parent = 1,
                Attributes = [("settlement_id", id), ("accounts_involved", (int)Chance.Between(2, 6, "accounts", time)), ("amount", Amount(time))],
            },
            new("emit_receipt", "ledger", "brick-01", 10 + validate, emit) { Parent = 1, Attributes = [("receipt_type", "treasury_settlement"), ("scroll", "treasury")] },
            new("anchor_request", "guardian", "brick-02", 12 + validate + emit, anchor)
            {
                Parent = 1,
                Failure = failed ? "anchor failed: bitcoin backend did not answer within 8 s" : null,
                Attributes = [("backend", "bitcoin"), ("txid", "btc:" + Chance.Hex(12, "txid", time))],
            },
        ])
        { Tags = ["treasury", "settlement", "anchor"] };
    }

    private static string Amount(DateTimeOffset time) => Math.Round(Chance.Between(50, 5000, "amount", time), 2).ToString("0.00 'USD'", CultureInfo.InvariantCulture);
}
