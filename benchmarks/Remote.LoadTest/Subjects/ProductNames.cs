namespace Remote.LoadTest;

/// <summary>Names of the actors; the prebuilt frames carry them too.</summary>
internal static class ProductNames
{
    /// <summary>The actor that counts what arrives.</summary>
    public const string Counter = "counter";

    /// <summary>The actor that answers every message with itself.</summary>
    public const string Echo = "echo";

    /// <summary>The driver's actor that takes news and answers.</summary>
    public const string Collector = "collector";
}
