namespace Tracing;

/// <summary>Somebody wants something.</summary>
/// <param name="What">What it is.</param>
internal sealed record Order(string What);

/// <summary>It was kept.</summary>
/// <param name="Text">What was kept.</param>
internal sealed record Saved(string Text);

/// <summary>It was not kept.</summary>
/// <param name="Why">A sentence for whoever ordered.</param>
internal sealed record NotSaved(string Why);
