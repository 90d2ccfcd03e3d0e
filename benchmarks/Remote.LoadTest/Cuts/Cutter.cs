using Remote.Testing;

namespace Remote.LoadTest;

/// <summary>Makes the cuts of a schedule, one after the other, each when the connection after the former one stands.</summary>
internal sealed class Cutter(FaultProxy proxy, TimeSpan ceiling, Func<Task> made)
{
    /// <summary>Cuts made so far.</summary>
    public int Made { get; private set; }

    /// <summary>What it waits for, for people.</summary>
    public string Phase { get; private set; } = "not begun";

    /// <summary>Ends with the last cut, or early when cancelled.</summary>
    public async Task RunAsync(IReadOnlyList<Cut> schedule, CancellationToken cancellation)
    {
        try
        {
            foreach (var cut in schedule)
            {
                await CutAsync(cut, cancellation);
                Made++;
                await made();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The run is over before the cuts are; Made says so.
        }
    }

    private async Task CutAsync(Cut cut, CancellationToken cancellation)
    {
        Phase = $"{cut}: waits for connection {Made + 1}";
        var connection = await proxy.WaitForConnectionsAsync(Made + 1, ceiling).WaitAsync(cancellation);
        while (connection.Closed.IsCompleted)
        {
            // One that broke without us: not counted.
            connection = await proxy.WaitForConnectionsAsync(connection.Number + 1, ceiling).WaitAsync(cancellation);
        }

        // Beyond that byte already, when this was late: then it strikes the next one.
        var due = cut.At;
        if (cut.Direction == NetworkDirection.ToClient)
        {
            await proxy.WaitForBytesAsync(NetworkDirection.ToServer, due, ceiling).WaitAsync(cancellation);
            due = proxy.BytesCarried(NetworkDirection.ToClient) + cut.Offset;
        }

        Phase = $"{cut}: announced for byte {due} {cut.Direction} on connection {connection.Number}";
        Announce(cut, due);
        await proxy.WaitForBytesAsync(cut.Direction, due, ceiling).WaitAsync(cancellation);
        Phase = $"{cut}: waits until connection {connection.Number} is closed";
        await connection.Closed.WaitAsync(ceiling, cancellation);
    }

    private void Announce(Cut cut, long due)
    {
        if (cut.Gentle)
        {
            proxy.CutAfter(cut.Direction, due);
        }
        else
        {
            proxy.ResetAfter(cut.Direction, due);
        }
    }
}
