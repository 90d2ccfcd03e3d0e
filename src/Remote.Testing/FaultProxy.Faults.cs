namespace Remote.Testing;

/// <summary>The faults of all connections.</summary>
public sealed partial class FaultProxy
{
    /// <summary>
    /// Resets new connections at once, until <see cref="Heal"/>. Existing ones live on. The port is not given up meanwhile, for another
    /// process could get it; so the dialler sees a connection that breaks rather than none.
    /// </summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _refusing = true;
        }
    }

    /// <inheritdoc cref="FaultProxyConnection.BlackHole"/>
    public void BlackHole(NetworkDirection? direction = null) => Change(direction, static faults => faults with { Holed = true });

    /// <inheritdoc cref="FaultProxyConnection.Stall"/>
    public void Stall(NetworkDirection? direction = null) => Change(direction, static faults => faults with { Stalled = true });

    /// <inheritdoc cref="FaultProxyConnection.Resume"/>
    public void Resume(NetworkDirection? direction = null) => Change(direction, static faults => faults with { Stalled = false });

    /// <inheritdoc cref="FaultProxyConnection.Delay"/>
    public void Delay(TimeSpan delay, NetworkDirection? direction = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Change(direction, faults => faults with { Delay = delay });
    }

    /// <inheritdoc cref="FaultProxyConnection.Throttle"/>
    /// <param name="bytesPerSecond">For each connection; at least 0; 0 ends it.</param>
    /// <param name="direction">Which way.</param>
    public void Throttle(long bytesPerSecond, NetworkDirection? direction = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesPerSecond);
        Change(direction, faults => faults with { BytesPerSecond = bytesPerSecond });
    }

    /// <summary>
    /// Undoes <see cref="Refuse"/>, <see cref="Stall"/>, <see cref="BlackHole"/>, <see cref="Delay"/> and <see cref="Throttle"/>.
    /// Connections of which bytes have vanished in a black hole are cut. Cuts that <see cref="CutAfter"/> announced stay announced.
    /// </summary>
    public void Heal()
    {
        FaultProxyConnection[] open;
        lock (_gate)
        {
            _refusing = false;
            (_toServer, _toClient) = (default, default);
            open = [.. Open()];
        }

        foreach (var connection in open)
        {
            connection.Heal();
        }
    }

    /// <summary>Resets all open connections at both ends. New ones may be made at once.</summary>
    /// <returns>How many were open.</returns>
    public int Cut()
    {
        FaultProxyConnection[] open;
        lock (_gate)
        {
            open = [.. Open()];
        }

        foreach (var connection in open)
        {
            connection.Cut();
        }

        return open.Length;
    }

    /// <inheritdoc cref="FaultProxyConnection.HalfClose"/>
    /// <returns>How many connections were open.</returns>
    public int HalfClose(NetworkDirection direction)
    {
        FaultProxyConnection[] open;
        lock (_gate)
        {
            open = [.. Open()];
        }

        foreach (var connection in open)
        {
            connection.HalfClose(direction);
        }

        return open.Length;
    }

    /// <summary>
    /// Announces cuts: a connection that carries a byte of one of these numbers, counted in one direction over all connections of the
    /// proxy, ends with it as <see cref="FaultProxyConnection.CutAfter"/> says. For cuts at random places under load, across reconnects.
    /// </summary>
    /// <param name="direction">Which way.</param>
    /// <param name="totals">Each at least 0. One that has passed already takes effect at the next byte.</param>
    public void CutAfter(NetworkDirection direction, params IEnumerable<long> totals) => EndAt(direction, totals, PumpEnd.Truncated);

    /// <summary>
    /// The same as <see cref="CutAfter"/>, with a reset for both sides, as <see cref="FaultProxyConnection.ResetAfter"/> says.
    /// </summary>
    /// <param name="direction">Which way.</param>
    /// <param name="totals">Each at least 0. One that has passed already takes effect at the next byte.</param>
    public void ResetAfter(NetworkDirection direction, params IEnumerable<long> totals) => EndAt(direction, totals, PumpEnd.Reset);

    private void EndAt(NetworkDirection direction, IEnumerable<long> totals, PumpEnd end)
    {
        ArgumentNullException.ThrowIfNull(totals);
        foreach (var total in totals)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(total, nameof(totals));
            Totals(direction).EndAt(total, end);
        }
    }

    private void Change(NetworkDirection? direction, Func<NetworkFaults, NetworkFaults> change)
    {
        lock (_gate)
        {
            Change(NetworkDirection.ToServer, ref _toServer);
            Change(NetworkDirection.ToClient, ref _toClient);
        }

        void Change(NetworkDirection way, ref NetworkFaults faults)
        {
            if (direction is null || direction == way)
            {
                faults = change(faults);
                foreach (var connection in Open())
                {
                    connection.Change(way, change);
                }
            }
        }
    }
}
