using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts;

namespace VmObs.Api;

/// <summary>/tlog/checkpoint, /tlog/tile/…: the scroll as log tools read it. Source: C2SP tlog-tiles.</summary>
internal sealed class TlogEndpoint(ReceiptLog log)
{
    private const string Wanted = "LEVEL/N, LEVEL/N.p/WIDTH, entries/N or entries/N.p/WIDTH, N in groups of three digits as x001/x234/067";

    public async Task HandleCheckpointAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache";
        await WriteAsync(context, "text/plain; charset=utf-8", log.Latest.Note);
    }

    public async Task HandleTileAsync(HttpContext context)
    {
        var path = (string)context.Request.RouteValues["path"]!;
        if (TilePath.TryParse(path) is not { } tile)
        {
            await Problem.NotFound("no such tile", context.Request.Path, path, Wanted).WriteAsync(context);
            return;
        }
        var bytes = tile.Level is { } level ? log.Tile(level, tile.Number, tile.Width) : log.Entries(tile.Number, tile.Width);
        if (bytes is null)
        {
            await Problem.NotFound("the log has not got so far", context.Request.Path, path, $"a tile of the first {log.Latest.Checkpoint.Size} receipts").WriteAsync(context);
            return;
        }
        // What a tile holds never changes: a partial one has another name than the full one.
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        await WriteAsync(context, "application/octet-stream", bytes);
    }

    private static async Task WriteAsync(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
