using Proto;

namespace Remote;

/// <summary>
/// Translates the PIDs that arrive on one link: those of this system get the address of this node, those of clients of this system the form {"$client/&lt;id&gt;", local id}, however they were written, so that one process has one PID (decision page 0011). Immutable.
/// </summary>
/// <param name="peerAddress">The address of the peer: the one that was dialled, or that it says it has; "$client/..." for a client.</param>
/// <param name="ownAddress">The address of this node; "$client/..." without a listener.</param>
/// <param name="isClient">Whether this node has no listener.</param>
/// <param name="isOwnAddress">Whether an address is one of this node's.</param>
internal sealed class InboundTranslation(string peerAddress, string ownAddress, bool isClient, Func<string, bool> isOwnAddress)
{
    private readonly string? _ownClient = isClient ? ownAddress : null;

    /// <summary>Marks a PID of another node as one that came with a message; <see langword="null"/> where nothing is ever sent to it.</summary>
    internal Func<PID, DialOrigin, PID>? Mark { get; init; }

    /// <summary>Marks one that is part of a message; <see langword="null"/> where nothing is ever sent to it.</summary>
    internal Func<PID, DialOrigin, PID>? MarkPart { get; init; }

    /// <summary>
    /// Looks at a PID of this node in a message: the one to use, or none when no other node may name it. <see langword="null"/> where all may.
    /// </summary>
    internal Func<PID, PID?>? Admit { get; init; }

    /// <summary>A translated PID, which knows from here on that another node has named it.</summary>
    internal PID Learned(PID pid, DialOrigin origin = DialOrigin.Message) => Mark is null || IsOwn(pid) ? pid : Mark(pid, origin);

    /// <summary>The same for a PID that is part of a message, and may be kept by whoever reads it.</summary>
    internal PID LearnedPart(PID pid, DialOrigin origin = DialOrigin.Message) => MarkPart is null || IsOwn(pid) ? pid : MarkPart(pid, origin);

    /// <summary>A target is always ours, or belongs to one of our clients.</summary>
    internal PID Target(string id, uint requestId = 0)
    {
        ClientAddress.TrySplit(id, out var client, out var localId);
        return Pid(client == _ownClient ? "" : client, localId, requestId);
    }

    /// <summary>A target that was written as a PID. Its address does not count: it was sent to us.</summary>
    internal PID Target(in ReadPid pid) =>
        ClientAddress.IsClient(pid.Address) && pid.Address != _ownClient
            ? Pid(pid.Address, pid.Id, pid.RequestId)
            : Target(pid.Id, pid.RequestId);

    /// <inheritdoc cref="Translate(string, string, uint)"/>
    internal PID Translate(in ReadPid pid) => Translate(pid.Address, pid.Id, pid.RequestId);

    /// <summary>A sender, or a PID inside a core message.</summary>
    internal PID Translate(string address, string id, uint requestId = 0)
    {
        address = address.Length == 0 ? peerAddress : PeerAddress.Canonical(address);

        var split = ClientAddress.TrySplit(id, out var client, out var localId);
        if (split && (client == _ownClient || client == peerAddress))
        {
            // The address does not count: the client is at one end of this link.
            return Pid(client == _ownClient ? "" : client, localId, requestId);
        }

        if (address == _ownClient || isOwnAddress(address))
        {
            return Pid(client, localId, requestId);
        }

        if (ClientAddress.IsClient(address))
        {
            // A client reaches other clients only through the server, which is the peer; a server keeps them as they are.
            var other = split ? client : address;
            return _ownClient is null ? Pid(other, localId, requestId) : Pid(peerAddress, $"{other}/{localId}", requestId);
        }

        // One string for the address of the peer, not one per PID.
        return Pid(address == peerAddress ? peerAddress : address, id, requestId);
    }

    /// <summary>Translates a PID that is part of a message where it is, and says whether that has changed it.</summary>
    /// <exception cref="ForbiddenPidException">It names a process of this node that no other node may name.</exception>
    internal bool TranslatePart(PID pid)
    {
        var translated = Translate(pid.Address, pid.Id);
        if (IsOwn(translated) && Admit is { } admit)
        {
            translated = admit(translated) ?? throw new ForbiddenPidException();
        }

        var isChanged = pid.Address != translated.Address || pid.Id != translated.Id;
        (pid.Address, pid.Id) = (translated.Address, translated.Id);
        LearnedPart(pid);
        return isChanged;
    }

    /// <summary>Whether it names a process of this node.</summary>
    internal bool IsOwn(PID pid) => pid.Address == ownAddress;

    /// <summary>Without an address it is a process of this node.</summary>
    private PID Pid(string address, string id, uint requestId) =>
        new(address.Length == 0 ? ownAddress : address, id) { RequestId = requestId };
}
