using Remote.Protocol;

namespace Remote.Cli;

/// <summary>
/// Examines a node from the outside to the inside: the name, the port, what is spoken there, the certificate, the service, the handshake, the address that
/// it tells others, its clock, its peers. Where a step fails, those behind it cannot be done. It asks nobody for processes: a Go node would die of it.
/// </summary>
internal sealed class Examination(NodeSession session)
{
    private readonly List<Finding> _findings = [];

    /// <returns>What was found, in the order in which it was looked for.</returns>
    public async Task<IReadOnlyList<Finding>> RunAsync()
    {
        if (await OutsideAsync())
        {
            await InsideAsync();
        }

        return _findings;
    }

    /// <summary>Up to a connection that speaks as it should.</summary>
    private async Task<bool> OutsideAsync()
    {
        var reach = new ReachCheck(session);
        if (!Add(await reach.NameAsync()) || !Add(await reach.PortAsync()))
        {
            return false;
        }

        var spoken = await new ProtocolProbe(session).AskAsync();
        return Add(ProtocolCheck.Judge(spoken, session.Address, session.Settings.UseTls))
            && (!session.Settings.UseTls || Add(await new CertificateCheck(session).RunAsync()));
    }

    /// <summary>What the node says, as far as it answers.</summary>
    private async Task InsideAsync()
    {
        PeerIdentification who;
        try
        {
            who = await PeerIdentification.AskAsync(session.Node, session.Cancellation);
        }
        catch (FailureException exception)
        {
            Add(Finding.Problem("service", exception.Failure));
            return;
        }

        if (!Add(ServiceCheck.Judge(who, session.Address)) || !Add(await new HandshakeCheck(session).RunAsync(who)) || who.Node is null)
        {
            return;
        }

        Add(await new AdvertisedCheck(session).RunAsync(who.Node));
        var request = new GetEndpointsRequest { WithBlocked = true };
        var (all, clock) = await new ClockCheck(session).RunAsync(request);
        Add(clock);
        await EndpointsCommand.AddRestAsync(session, request, all);
        _findings.AddRange(PeersCheck.Judge(all));
    }

    /// <returns>Whether it makes sense to look further.</returns>
    private bool Add(Finding finding)
    {
        _findings.Add(finding);
        return finding.Level != FindingLevel.Problem;
    }
}
