using Microsoft.AspNetCore.Http;

namespace VmObs.Ingest;

/// <summary>The header by which an answer says where the journal has the request (<see cref="Ledger.Checkpoints.IngestReceipt"/>): in every protocol
/// the same, over gRPC in the metadata before the message.</summary>
internal static class ReceiptHeader
{
    public const string Name = "VM-Obs-Receipt";

    /// <summary>Writes it where the journal has the request, also where some of its records were refused.</summary>
    public static void Write(HttpResponse response, in IntakeResult result)
    {
        if (result.Receipt is { } receipt)
            response.Headers[Name] = receipt;
    }
}
