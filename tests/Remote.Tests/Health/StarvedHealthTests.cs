namespace Remote.Tests;

/// <summary>A node in a process of its own whose pool has no thread to give, and may not have more.</summary>
[Trait("Behaviour", "O-02")]
public sealed class StarvedHealthTests
{
    [Fact]
    public async Task LiveCheck_NoThreadOfThePoolIsLeft_AnswersAndSaysSo()
    {
        await using var process = StarvedProcess.Start(StarvedProgram.Health);

        Assert.Equal("Healthy", await process.ReadAsync("before "));
        Assert.StartsWith("Unhealthy Work has waited", await process.ReadAsync("starved "), StringComparison.Ordinal);
        Assert.Equal("Healthy", await process.ReadAsync("after "));
        Assert.Equal(0, await process.EndAsync());
    }
}
