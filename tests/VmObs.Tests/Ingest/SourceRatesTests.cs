using System.Net;
using System.Text;
using VmObs.Access;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Tests.Access;
using VmObs.Tests.Support;

namespace VmObs.Tests.Ingest;

public sealed class SourceRatesTests
{
    private readonly SteppedClock _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_sender_may_send_ten_seconds_at_once_and_then_waits_for_what_it_owes()
    {
        var rates = new SourceRates(1000, _time);
        var source = new GapSource("loki", IPAddress.Parse("10.0.0.7"));
        Assert.Null(rates.Wait(source));
        rates.Count(source, 9_999);
        Assert.Null(rates.Wait(source));
        rates.Count(source, 3_000);
        Assert.InRange(rates.Wait(source)!.Value.TotalSeconds, 2.999, 3.001);
        // It owes whatever protocol it uses; another sender does not.
        Assert.NotNull(rates.Wait(new GapSource("otlp-http", IPAddress.Parse("::ffff:10.0.0.7"))));
        Assert.Null(rates.Wait(new GapSource("loki", IPAddress.Parse("10.0.0.8"))));
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.NotNull(rates.Wait(source));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(rates.Wait(source));
    }

    [Fact]
    public void The_engine_itself_and_who_has_no_limit_never_wait()
    {
        var rates = new SourceRates(1000, _time);
        foreach (var source in new[] { GapSource.Engine, new GapSource("loki", IPAddress.Loopback) { Sender = new Sender("did:vm:a:b", null, long.MaxValue, null) } })
        {
            Assert.Null(rates.Wait(source));
            rates.Count(source, int.MaxValue);
            Assert.Null(rates.Wait(source));
        }
        var none = new SourceRates(null, _time);
        none.Count(new GapSource("loki", IPAddress.Loopback), int.MaxValue);
        Assert.Null(none.Wait(new GapSource("loki", IPAddress.Loopback)));
    }

    [Fact]
    public void Very_many_senders_are_not_remembered_for_ever()
    {
        var rates = new SourceRates(1000, _time);
        var owing = new GapSource("loki", IPAddress.Parse("10.0.0.7"));
        rates.Wait(owing);
        rates.Count(owing, 20_000);
        for (var i = 0; i < 25_000; i++)
        {
            var source = new GapSource("loki", new IPAddress(0x0B00_0000L + i));
            rates.Wait(source);
            rates.Count(source, 1);
            _time.Advance(TimeSpan.FromTicks(100_000));
            if (i % 1000 == 0)
                rates.Count(owing, 20_000);
        }
        Assert.NotNull(rates.Wait(owing));
        Assert.InRange(rates.SourceCount, 1, 10_001);
    }

    [Fact]
    public async Task Who_is_over_its_rate_is_told_when_to_come_back_and_is_counted()
    {
        using var tokens = new TokenFixture();
        await File.AppendAllTextAsync(tokens.File, "    rate: 1KiB\n    max_body: 32KiB\n", TestContext.Current.CancellationToken);
        await using var front = await EngineFront.StartAsync(security: new FrontSecurity(tokens.Open(), null));
        var body = Encoding.UTF8.GetBytes("{\"msg\":\"" + new string('x', 20_000) + "\"}");
        Assert.Equal((HttpStatusCode.OK, null), await PostAsync(front, tokens.Bound, body));
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(10)), await PostAsync(front, tokens.Bound, body));
        Assert.Equal((HttpStatusCode.OK, null), await PostAsync(front, tokens.Ingest, body));
        Assert.Equal(1, front.Count("vmobs_ingest_requests_total{outcome=over_rate,signal=logs}"));
        front.Engine.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, null), await PostAsync(front, tokens.Bound, new byte[33 * 1024]));
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> PostAsync(EngineFront front, string token, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/obs/ingest/logs") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Headers.RetryAfter?.Delta);
    }
}
