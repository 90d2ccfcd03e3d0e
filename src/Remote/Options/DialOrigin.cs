namespace Remote;

/// <summary>Why this node is about to dial an address that it has no endpoint for (<see cref="RemoteHooks.AllowDial"/>).</summary>
public enum DialOrigin
{
    /// <summary>The application named the address: in a PID that it made, in a call, or through Proto.Cluster.</summary>
    Program = 0,

    /// <summary>A message from another node named it: its sender, or a PID in a protobuf message.</summary>
    Message = 1,

    /// <summary>An actor of another node watches one here and is to be told of its end.</summary>
    Watch = 2,

    /// <summary>
    /// A node that dialled this one says that it lives there in the place of another one, or has the id of a system that answered elsewhere, which
    /// is to be verified.
    /// </summary>
    Handshake = 3,
}
