using System.Text.Encodings.Web;
using System.Text.Json;

namespace VmObs.Api;

/// <summary>How answers are written.</summary>
internal static class AnswerJson
{
    /// <summary>JSON for programs and terminals, not for HTML: only what JSON itself demands is escaped.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
