using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Remote.LoadTest;

namespace Remote.EndToEnd.Tests;

/// <summary>The load test with real processes and few messages: that it measures, not what.</summary>
public sealed class LoadTestRunTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(120);

    /// <summary>The one that keeps most processes busy; the long run has one of each kind.</summary>
    public static TheoryData<string, int> Rows
    {
        get
        {
            var rows = new TheoryData<string, int> { { "Concurrent", 0 } };
            if (TestScale.IsLong)
            {
                rows.Add("Tell", 10);
                rows.Add("PingPong", 0);
                rows.Add("Latency", 0);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task MeasureAsync_FewMessages_GivesACompleteRow(string scenario, int payloadBytes)
    {
        // Requests take their time one by one.
        var messages = 64 * (scenario is "Latency" or "Concurrent" ? TestScale.Count(100) : 1000);
        var plan = Scenarios.Plan(Enum.Parse<Scenario>(scenario), payloadBytes) with { Messages = messages };

        var row = await new RowMeasurement(plan, runs: 1, warmUpRuns: 0, TextWriter.Null).MeasureAsync(CancellationToken.None).WaitAsync(Ceiling);

        Assert.Equal((scenario.ToLowerInvariant(), payloadBytes), (row.Scenario, row.PayloadBytes));
        double[] positive =
        [
            row.MessagesPerSecond, row.FirstRunMessagesPerSecond, row.AllocBytesPerMessage.Sender, row.AllocBytesPerMessage.Receiver,
            row.Baseline.RawTcp, row.Baseline.Transport, row.Baseline.ProtoRemote, row.Ratio.RawTcp, row.Ratio.Transport, row.Ratio.ProtoRemote,
        ];
        Assert.All(positive, figure => Assert.True(figure > 0, $"{row} has a figure that is not positive."));
        Assert.Equal(scenario is "Latency" or "Concurrent", row.P50Micros > 0 && row.P99Micros >= row.P50Micros);
    }

    [Fact]
    public async Task StartAsync_DriverWithoutAReceiver_SaysWhatIsWrong()
    {
        var plan = Scenarios.Plan(Scenario.Tell, 0);

        var failure = await Assert.ThrowsAsync<LoadTestException>(
            () => RoleProcess.StartAsync(Role.Driver, Subject.RawTcp, plan, "127.0.0.1:1", CancellationToken.None).WaitAsync(Ceiling));

        Assert.Contains("driver of RawTcp", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_DriverWhoseMessagesAreLost_SaysWhatIsWrong()
    {
        await using var receiver = await RoleProcess.StartAsync(
            Role.Receiver, Subject.Product, Scenarios.Plan(Scenario.Tell, 0), null, CancellationToken.None).WaitAsync(Ceiling);

        // The counting node has no echo actor.
        var failure = await Assert.ThrowsAsync<LoadTestException>(() => RoleProcess.StartAsync(
            Role.Driver, Subject.Product, Scenarios.Plan(Scenario.Latency, 0), receiver.Address, CancellationToken.None).WaitAsync(Ceiling));

        Assert.Contains("driver of Product", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Driver_CoordinatorGoneInTheMiddleOfARun_Ends()
    {
        // A listener that never answers: the run would wait for ever.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var start = RoleProcess.StartInfo(Role.Driver, Subject.RawTcp, Scenarios.Plan(Scenario.Latency, 0), silent.LocalEndpoint.ToString());
        start.RedirectStandardError = true;
        using var driver = Process.Start(start)!;
        Assert.Equal(Role.Ready, await driver.StandardOutput.ReadLineAsync().WaitAsync(Ceiling));
        await driver.StandardInput.WriteLineAsync(Role.Run);
        await driver.StandardInput.FlushAsync();
        using var connection = await silent.AcceptSocketAsync().WaitAsync(Ceiling);
        await connection.ReceiveAsync(new byte[1]).WaitAsync(Ceiling);

        driver.StandardInput.Close();

        var errors = await driver.StandardError.ReadToEndAsync().WaitAsync(Ceiling);
        await driver.WaitForExitAsync().WaitAsync(Ceiling);
        Assert.Equal(1, driver.ExitCode);
        Assert.Contains("coordinator has gone", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--scenario", "fly")]
    [InlineData("--scenario", "tell", "--runs", "0")]
    [InlineData("--scenario", "tell", "--payload", "-1")]
    [InlineData("--scenario", "tell", "--json", "/no/such/folder/rows.json")]
    [InlineData("--payload", "1")]
    [InlineData("--scenario", "cuts", "--messages", "10000", "--cuts", "3")]
    [InlineData("--scenario", "cuts", "--messages", "100", "--cuts", "1")]
    [InlineData("--scenario", "cuts", "--pairs", "0")]
    [InlineData("--scenario", "slow-receiver", "--send", "--send-async")]
    [InlineData("--scenario", "slow-receiver", "--credit", "0")]
    [InlineData("--scenario", "slow-receiver", "--results", "/no/such/folder")]
    public async Task Arguments_ThatMakeNoSense_AreRefusedWithExitCodeTwo(params string[] arguments)
    {
        var errors = new StringWriter();

        var exitCode = await new CommandLine(TextWriter.Null, errors).InvokeAsync(arguments).WaitAsync(Ceiling);

        Assert.Equal(2, exitCode);
        Assert.Contains("--help", errors.ToString(), StringComparison.Ordinal);
    }
}
