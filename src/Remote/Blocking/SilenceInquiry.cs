namespace Remote;

/// <summary>
/// Asks a peer that is said to be silent whether it lives: one handshake, whoever blocks whom. A peer that lives and was found to be silent
/// by a process that has just stood still, was not.
/// </summary>
internal sealed class SilenceInquiry(NodeContext context, EndpointTable table, PeerConnector connector)
{
    // A peer that lives answers at once. Until it has, its fate here is open.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The address that this node knows a peer by; <see langword="null"/> when it never dialled it.</summary>
    public string? FindAddress(string systemId) => table.All.FirstOrDefault(endpoint => endpoint.PeerSystemId == systemId)?.Address;

    /// <summary>What that incarnation answers at the address, if only that it blocks this node.</summary>
    public async Task<InquiryAnswer> AskAsync(string systemId, string address)
    {
        using var late = new CancellationTokenSource(Patience, context.Time);
        try
        {
            await using var connection = await connector.DialAsync(address, DialOrigin.Program, offer: null, late.Token).ConfigureAwait(false);
            return connection.Peer.SystemId == systemId ? InquiryAnswer.Welcome : InquiryAnswer.None;
        }
        catch (RemoteException exception) when (exception.Error == RemoteError.Blocked)
        {
            return exception.SystemId == systemId ? InquiryAnswer.Refusal : InquiryAnswer.None;
        }
        catch (Exception)
        {
            // Also when something answers that is no node: it is not the one that was asked.
            return InquiryAnswer.None;
        }
    }
}
