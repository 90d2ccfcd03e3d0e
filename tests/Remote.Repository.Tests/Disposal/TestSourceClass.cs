namespace Remote.Repository.Tests;

/// <summary>A class of a test project.</summary>
/// <param name="Folder">Where its source is.</param>
/// <param name="Path">Its name; that of a nested class begins with those of the classes around it.</param>
internal sealed record TestSourceClass(string Folder, string Path)
{
    /// <summary>What it derives from or implements, as it is written there.</summary>
    public SortedSet<string> Bases { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of <c>InitializeAsync</c>, <c>DisposeAsync</c> and <c>Dispose</c> that it declares.</summary>
    public SortedSet<string> LifetimeMethods { get; } = new(StringComparer.Ordinal);

    public bool HasTests { get; set; }

    public string Project => string.Join('/', Folder.Split('/').Take(2));

    /// <summary>What it wants a fixture of.</summary>
    public IEnumerable<string> Fixtures => Bases
        .Where(name => name.StartsWith("IClassFixture<", StringComparison.Ordinal) || name.StartsWith("ICollectionFixture<", StringComparison.Ordinal))
        .Select(name => name[(name.IndexOf('<', StringComparison.Ordinal) + 1)..^1]);

    public bool Equals(TestSourceClass? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    public override string ToString() => $"{Folder}: {Path}";
}
