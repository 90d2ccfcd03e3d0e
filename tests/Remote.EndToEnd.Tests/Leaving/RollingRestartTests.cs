using Xunit.Abstractions;

namespace Remote.EndToEnd.Tests;

/// <summary>Three nodes under load, of which one after the other leaves and is replaced, as when a new version is brought out.</summary>
[Trait("Behaviour", "E-07")]
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int Rounds = 20, Nodes = 3;

    [Fact]
    public async Task NodesAreReplacedOneByOne_NothingThatWasAcceptedBeforeIsLost()
    {
        await using var node = await TestCoordinator.StartAsync(options =>
        {
            options.Endpoint.QueueCapacity = 1000;
            options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(20), MaxAttempts = 0 };
        });
        var rolling = new List<RollingNode>();
        try
        {
            for (var i = 0; i < Nodes; i++)
            {
                rolling.Add(await RollingNode.StartAsync(node, sender: i));
            }

            for (var round = 0; round < TestScale.Count(Rounds, few: Nodes); round++)
            {
                await rolling[round % Nodes].RestartAsync();
            }

            foreach (var each in rolling)
            {
                output.WriteLine(await each.FinishAsync());
            }
        }
        finally
        {
            foreach (var each in rolling)
            {
                await each.DisposeAsync();
            }
        }
    }
}
