using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using VmObs.Access;
using VmObs.Api;
using VmObs.Ingest;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Serve;

/// <summary>Which path is answered by what.</summary>
internal static class HttpRoutes
{
    private static readonly string[] PostOrPut = ["POST", "PUT"];

    /// <summary>Where OTLP over HTTP takes a signal.</summary>
    public static string OtlpPath(Signal signal) => signal switch { Signal.Metrics => "/v1/metrics", Signal.Logs => "/v1/logs", _ => "/v1/traces" };

    /// <summary>Where JSON takes a signal.</summary>
    public static string NativePath(Signal signal) => signal switch
    {
        Signal.Metrics => "/obs/ingest/metrics",
        Signal.Logs => "/obs/ingest/logs",
        _ => "/obs/ingest/traces",
    };

    public static void MapIngest(this IEndpointRouteBuilder routes, IReadOnlyList<IIntake> intakes, IngestLimits limits)
    {
        foreach (var intake in intakes)
        {
            var access = new RouteAccess(AccessScopes.Ingest, intake);
            routes.MapPost(OtlpPath(intake.Signal), (RequestDelegate)new OtlpHttpEndpoint(intake, limits).HandleAsync).WithMetadata(access with { Form = RefusalForm.OtlpHttp });
            routes.MapPost(OtlpGrpcEndpoint.PathOf(intake.Signal), (RequestDelegate)new OtlpGrpcEndpoint(intake, limits).HandleAsync).WithMetadata(access with { Form = RefusalForm.Grpc });
            routes.MapPost(NativePath(intake.Signal), (RequestDelegate)new JsonEndpoint(intake, limits).HandleAsync).WithMetadata(access);
            if (intake.Signal == Signal.Metrics)
                routes.MapPost("/api/v1/write", (RequestDelegate)new PushEndpoint(intake, limits).HandleAsync).WithMetadata(access);
            if (intake.Signal == Signal.Traces)
            {
                routes.MapPost("/api/v2/spans", (RequestDelegate)new SpanPushEndpoint(intake, WireFormat.ZipkinJson, limits).HandleAsync).WithMetadata(access);
                routes.MapPost("/api/traces", (RequestDelegate)new SpanPushEndpoint(intake, WireFormat.JaegerThrift, limits).HandleAsync).WithMetadata(access);
            }
            if (intake.Signal == Signal.Logs)
                routes.MapLogs(intake, limits);
        }
    }

    private static void MapLogs(this IEndpointRouteBuilder routes, IIntake intake, IngestLimits limits)
    {
        var access = new RouteAccess(AccessScopes.Ingest, intake);
        routes.MapPost("/loki/api/v1/push", (RequestDelegate)new PushEndpoint(intake, limits).HandleAsync).WithMetadata(access);
        var bulk = new BulkEndpoint(intake, limits);
        routes.MapMethods("/_bulk", PostOrPut, (RequestDelegate)bulk.HandleAsync).WithMetadata(access);
        routes.MapMethods("/{index}/_bulk", PostOrPut, (RequestDelegate)bulk.HandleAsync).WithMetadata(access);
        ElasticGreeting.Map(routes.MapGroup("").WithMetadata(access));
    }

    public static void MapApi(this IEndpointRouteBuilder routes, EnginePorts ports, QueryTelemetry telemetry, TimeProvider time)
    {
        var queries = new Queries(ports.QueryLimits, telemetry, time);
        var receipts = new ReceiptsEndpoint(ports, queries, time);
        var logs = new LogsEndpoint(ports.Logs, queries, time);
        routes.MapGet("/obs/logs", (RequestDelegate)logs.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/logs/count", (RequestDelegate)logs.HandleCountAsync).WithMetadata(RouteAccess.Read);
        var stopping = routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        routes.MapGet("/obs/logs/tail", (RequestDelegate)new LogTailEndpoint(ports.Logs, ports.LogFeed, queries, time, stopping).HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/metrics", (RequestDelegate)new MetricsEndpoint(ports.Metrics, queries, time).HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/metrics/series", (RequestDelegate)new MetricSeriesEndpoint(ports.Metrics, queries, time).HandleAsync).WithMetadata(RouteAccess.Read);
        var names = new MetricNamesEndpoint(ports.Metrics, queries, time);
        routes.MapGet("/obs/metrics/names", (RequestDelegate)names.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/metrics/cardinality", (RequestDelegate)names.HandleCardinalityAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/metrics/export", (RequestDelegate)new MetricExportEndpoint(ports.Metrics, queries, time).HandleAsync).WithMetadata(RouteAccess.Read);
        var trace = new TraceEndpoint(ports.Traces, queries);
        routes.MapGet("/obs/traces", (RequestDelegate)new TracesEndpoint(ports.Traces, queries, time).HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/traces/{id}", (RequestDelegate)trace.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/traces/{id}/analysis", (RequestDelegate)trace.HandleAnalysisAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/receipts", (RequestDelegate)receipts.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/correlate", (RequestDelegate)new CorrelateEndpoint(ports, queries, time).HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/root", (RequestDelegate)receipts.HandleRootAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/root/vkey", (RequestDelegate)receipts.HandleKeyAsync).WithMetadata(RouteAccess.Read);
        var proofs = new ProofEndpoint(ports.Proofs, ports.IngestProofs, ports.Logs, queries, time);
        routes.MapGet("/obs/proof/log", (RequestDelegate)proofs.HandleLogAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/proof/ingest", (RequestDelegate)proofs.HandleIngestAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/proof/receipt", (RequestDelegate)proofs.HandleReceiptAsync).WithMetadata(RouteAccess.Read);
        var keys = new KeysEndpoint(ports.Keys, queries);
        routes.MapGet("/obs/keys", (RequestDelegate)keys.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapPost("/obs/keys/rotate", (RequestDelegate)keys.HandleRotateAsync).WithMetadata(RouteAccess.Operate);
        var tlog = new TlogEndpoint(ports.Log);
        routes.MapGet("/tlog/checkpoint", (RequestDelegate)tlog.HandleCheckpointAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/tlog/tile/{**path}", (RequestDelegate)tlog.HandleTileAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/openapi.json", (RequestDelegate)new OpenApiEndpoint().HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/obs/health", (RequestDelegate)new HealthEndpoint(ports, time).HandleAsync).WithMetadata(RouteAccess.Open);
        var targets = new TargetsEndpoint(ports.Scraper);
        routes.MapGet("/obs/targets", (RequestDelegate)targets.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/metrics", (RequestDelegate)new OwnMetricsEndpoint(ports.OwnMetrics).HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapGet("/api/v1/targets", (RequestDelegate)targets.HandleAsync).WithMetadata(RouteAccess.Read);
        routes.MapPost("/-/reload", (RequestDelegate)new ReloadEndpoint(ports.ReloadAsync).HandleAsync).WithMetadata(RouteAccess.Operate);
        routes.MapPost("/obs/seal", (RequestDelegate)new SealEndpoint(ports, queries).HandleAsync).WithMetadata(RouteAccess.Operate);
        routes.MapPost("/obs/expire", (RequestDelegate)new ExpireEndpoint(ports, queries).HandleAsync).WithMetadata(RouteAccess.Operate);
    }
}
