using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts;

namespace VmObs.Api;

/// <summary>GET /obs/keys: the keys that signed the ledger, the first one first, with what the one before said of each; POST /obs/keys/rotate: puts
/// another in force, and answers with that one once it is durable.</summary>
internal sealed class KeysEndpoint(ScrollKeys keys, Queries queries)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (new QueryParameters(context.Request.Query).Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "keys", running => AnswerAsync(context, running, keys.All));
    }

    public async Task HandleRotateAsync(HttpContext context)
    {
        if (new QueryParameters(context.Request.Query).Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        if (!keys.CanRotate)
        {
            await Problem.KeyFromEnvironment(SigningKey.Variable, SigningKey.SecretFile).WriteAsync(context);
            return;
        }
        await queries.OperateAsync(context, "rotate", async running =>
        {
            var key = await keys.RotateAsync();
            await AnswerAsync(context, running, [.. keys.All.Where(one => one.Key.Equals(key))]);
        });
    }

    private async Task AnswerAsync(HttpContext context, RunningQuery running, IReadOnlyList<ScrollKey> some)
    {
        var present = keys.Present;
        using var list = new ListAnswer(context, running);
        foreach (var key in some)
        {
            Write(list.Json, key, key.Key.Equals(present));
            await list.EndItemAsync();
        }
        await list.CompleteAsync(nextCursor: null);
    }

    private static void Write(Utf8JsonWriter json, ScrollKey key, bool isPresent)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, key.Key.ToVerifierKey());
        json.WriteString("id"u8, $"{key.Key.Id:x8}");
        json.WriteBoolean("present"u8, isPresent);
        if (key.Since is { } rotation)
        {
            json.WriteString("since"u8, rotation.SealedAt);
            json.WriteNumber("receipt"u8, rotation.Statement.Seq);
            json.WriteString("previous_key"u8, rotation.By.ToVerifierKey());
            json.WriteString("note"u8, rotation.Note);
        }
        json.WriteEndObject();
    }
}
