using System.Globalization;

namespace Remote.Tests;

/// <summary>Raw HTTP/2 against the listener of a node.</summary>
[Trait("Behaviour", "T-16")]
[Collection(nameof(HostileScene))]
public sealed class HostileListenerTests
{
    /// <summary>All of them in one scene: a script that harms a later one has harmed the node.</summary>
    [Fact]
    public async Task EveryScript_LeavesTheNodeAsItWas_AndANeighbourAlone()
    {
        await using var scene = await HostileScene.StartAsync();
        await scene.PlayAsync(() => PlayAllAsync(scene.Node.Address), times: 2);
        if (TestScale.IsLong)
        {
            var (rates, ratio) = await RatesAsync(scene);
            Assert.True(ratio >= 0.5, $"Messages a second alone, beside the scripts, alone, and so on: {rates}.");
        }

        await scene.FinishAsync();
    }

    /// <summary>
    /// The neighbour's speed beside the scripts, as a share of what it is before and after them: of three times the one in the middle, for the machine has other things to do,
    /// and the scripts run on it too.
    /// </summary>
    private static async Task<(string Rates, double Ratio)> RatesAsync(HostileScene scene)
    {
        List<double> rates = [await AloneAsync()];
        List<double> ratios = [];
        for (var time = 0; time < 3; time++)
        {
            var beside = await scene.RateDuringAsync(() => PlayAllAsync(scene.Node.Address));
            var after = await AloneAsync();
            ratios.Add(2 * beside / (rates[^1] + after));
            rates.AddRange([beside, after]);
        }

        return (string.Join(", ", rates.Select(rate => rate.ToString("N0", CultureInfo.InvariantCulture))), ratios.Order().ElementAt(1));

        async Task<double> AloneAsync() => await scene.RateDuringAsync(() => Task.Delay(TimeSpan.FromSeconds(5)));
    }

    /// <summary>Each by itself, so that the one that leaves something behind is named.</summary>
    [Fact]
    public async Task EachScript_AgainAndAgain_LeavesNothingBehind()
    {
        await using var scene = await HostileScene.StartAsync();
        foreach (var (name, script) in ListenerScripts.All.Take(TestScale.IsLong ? int.MaxValue : 2))
        {
            try
            {
                await scene.PlayAsync(() => script(scene.Node.Address), TestScale.Count(TimesOf(name)));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"The script '{name}' failed.", exception);
            }
        }

        await scene.FinishAsync();
    }

    // A session with a node's stream on it that leaves 32 KB behind is to be beyond what a collection leaves to chance, three times over.
    private static int TimesOf(string name) => name == ListenerScripts.NotRead ? 200 : 100;

    /// <summary>What the answer is, where there has to be one.</summary>
    [Theory]
    [InlineData("window of the connection overflows", 3)]
    [InlineData("stream with an even number", 1)]
    [InlineData("data on stream 0", 1)]
    [InlineData("frame that is too large", 6)]
    [InlineData("headers that are no HPACK", 9)]
    public async Task Breach_EndsTheConnectionWithItsError(string name, uint error)
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await RawPeer.DialAsync(node.Address);
        await peer.WriteAsync(name switch
        {
            "window of the connection overflows" => RawFrames.Frame(RawFrames.WindowUpdate, 0, 0, RawFrames.Number(int.MaxValue)),
            "stream with an even number" => RawFrames.Open(2),
            "data on stream 0" => RawFrames.Frame(RawFrames.Data, 0, 0, 1),
            "frame that is too large" => [255, 255, 255, RawFrames.Data, 0, 0, 0, 0, 1, 0],
            _ => RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders, 1, 255, 255, 255, 255, 255, 255),
        });

        await peer.Closed.Within("the end of the connection");

        Assert.Equal(error, peer.GoAway);
    }

    /// <summary>A few at a time: most of what they do is to wait.</summary>
    private static async Task PlayAllAsync(string address)
    {
        foreach (var some in ListenerScripts.All.Chunk(6))
        {
            await Task.WhenAll(some.Select(async named =>
            {
                try
                {
                    await named.Value(address).Within(named.Key);
                }
                catch (Exception exception)
                {
                    throw new InvalidOperationException($"The script '{named.Key}' failed.", exception);
                }
            }));
        }
    }
}
