using System.Text.Json;

namespace VmObs.Verification;

/// <summary>A file that a receipt names.</summary>
/// <param name="Path">Relative to the data folder.</param>
/// <param name="Receipt">Of the sealed hour.</param>
/// <param name="Retention">The last receipt of what expired of it; null when nothing did.</param>
internal sealed record ReceiptedFile(string Path, JsonElement Receipt, JsonElement? Retention);
