namespace Remote.Transport.Tests;

/// <summary>Tests that look at the whole process and therefore run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialTests
{
    public const string Name = "serial";
}
