using System.Text.Json;
using VmObs.Receipts;

namespace VmObs.Verification;

/// <summary>A receipt that no engine writes: whoever wrote a folder anew may have written them, and they are findings like any other.</summary>
internal static class ForeignReceipt
{
    /// <summary>Does what reads a receipt's members.</summary>
    /// <returns>The finding, where they are not those of its type; null otherwise.</returns>
    public static string? Guard(JsonElement receipt, Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            return $"{ReceiptFile.RelativePath}, receipt seq {receipt.GetProperty("seq")}: found members that no {(receipt.TryGetProperty("type", out var type) ? type.ToString() : "receipt")} has ({error.Message}), expected those of its type";
        }
    }
}
