namespace VmObs.Http;

/// <summary>Which version this is.</summary>
internal static class ProductVersion
{
    /// <summary>"0.1.0".</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version!.ToString(3);
}
