namespace Remote;

/// <summary>A message brings something along that no other node may send that way. It costs that message.</summary>
internal class RefusedContentException(EnvelopeFault fault, string why) : Exception(why)
{
    internal EnvelopeFault Fault { get; } = fault;
}

/// <summary>A message names a process of this node that no other node may name.</summary>
internal sealed class ForbiddenPidException()
    : RefusedContentException(EnvelopeFault.Malformed, "It names a process of this node that other nodes may not name.");
