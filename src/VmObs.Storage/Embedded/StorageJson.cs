using System.Text.Json.Serialization;
using VmObs.Signals.Wire;

namespace VmObs.Storage.Embedded;

/// <summary>JSON of what the store keeps for itself, without reflection.</summary>
[JsonSerializable(typeof(IngestRules))]
[JsonSerializable(typeof(SealedHour))]
internal sealed partial class StorageJson : JsonSerializerContext;
