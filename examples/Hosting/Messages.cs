namespace Hosting;

/// <summary>Somebody comes by.</summary>
internal sealed record Visit(string Name);

/// <summary>The answer.</summary>
internal sealed record Visited(string Name, int Times);
