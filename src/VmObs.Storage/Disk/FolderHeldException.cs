namespace VmObs.Storage.Disk;

/// <summary>Names in the data folder must stay as they are while it is copied; try again when that is done.</summary>
public sealed class FolderHeldException(string message) : IOException(message);
