namespace Remote.Tests.Fuzz;

/// <summary>Frames of every kind that the protocol has, with every field of each: those of Proto.Actor and ours from 100 on (docs/protocol.md).</summary>
internal sealed class FrameGenerator(FuzzSource source)
{
    private static readonly string[] Members = ["0123456789abcdef0123456789abcdef", "abc", "", "a/b", new('x', 256), new('x', 257), "\r\nforged"];

    private readonly BatchGenerator _batches = new(source);

    /// <summary>Any frame.</summary>
    public byte[] Frame() => source.Below(20) switch
    {
        0 or 1 => Of(2, ConnectRequest()),
        2 => Of(3, ConnectResponse()),
        3 => Payload(),
        4 when source.Once(3) => source.Bytes(200),
        _ => Batch(),
    };

    /// <summary>A frame as it may come on a stream after the handshake.</summary>
    /// <param name="sequence">The number of the batch that is expected, if it is one; 0 outside of links.</param>
    public byte[] Payload(ulong sequence = 0) => source.Below(sequence == 0 ? 8 : 60) switch
    {
        0 => Of(100, Acknowledgement()),
        1 => Of(101, Odd(new ProtoWriter())),
        2 => Of(102, Odd(new ProtoWriter())),
        3 => Of(103, new ProtoWriter().Number(1, source.Number())),
        4 => Of(104, new ProtoWriter().Bytes(1, source.Text(source.Id())).Number(2, source.Number())),
        5 => Of(source.Of(4, 5, 99, 101, 105, 200), source.Once(20) ? TooLong() : Odd(new ProtoWriter())),
        6 => [],
        _ => Batch(sequence),
    };

    /// <summary>Numbers in the answer to what this node sent: acknowledgements and pauses that may be of nothing that it did.</summary>
    public byte[] Answer() => source.Below(4) switch
    {
        0 => Of(104, new ProtoWriter().Bytes(1, source.Text(source.Id())).Number(2, source.Number())),
        1 => Payload(),
        _ => Of(100, Acknowledgement()),
    };

    public byte[] Handshake() => Of(2, ConnectRequest());

    private byte[] Batch(ulong sequence = 0)
    {
        var batch = _batches.Batch(sequence);

        // In two pieces, or beside another field: what no implementation sends, and protobuf allows.
        return source.Once(40) ? new ProtoWriter().Message(1, batch).Message(1, _batches.Batch()).ToArray()
            : source.Once(40) ? new ProtoWriter().Message(source.Of(4, 100, 101), new ProtoWriter()).Message(1, batch).ToArray()
            : Of(1, batch);
    }

    private ProtoWriter Acknowledgement()
    {
        var acknowledgement = new ProtoWriter();
        for (var field = 1; field <= 5; field++)
        {
            if (!source.Once(3))
            {
                acknowledgement.Number(field, source.Number());
            }
        }

        return Odd(acknowledgement);
    }

    private ProtoWriter ConnectRequest()
    {
        var isClient = source.Once(3);
        var connection = new ProtoWriter().Bytes(1, source.Text(Member()));
        if (!isClient)
        {
            connection.Bytes(2, source.Text(source.Address()));
            for (var i = source.Below(3); i > 0; i--)
            {
                connection.Bytes(3, source.Text(Member()));
            }
        }

        Capabilities(connection);
        connection.Bytes(101, new byte[source.Of(16, 16, 16, 0, 15, 17, 1000)]).Number(102, Attempt()).Number(103, source.Number());
        if (source.Once(2))
        {
            connection.Bytes(104, source.Text(Member())).Message(105, Limits());
        }

        if (isClient)
        {
            connection.Message(106, Credit()).Number(107, source.Once(4) ? 0 : Attempt());
        }

        var request = new ProtoWriter();
        return source.Once(20) ? request : Odd(request.Message(isClient ? 1 : 2, Odd(connection)));
    }

    private ProtoWriter ConnectResponse()
    {
        var response = new ProtoWriter().Bytes(2, source.Text(Member()));
        if (source.Once(4))
        {
            response.Number(3, source.Number());
        }

        Capabilities(response);
        response.Message(105, Limits()).Message(106, Credit()).Number(107, source.Number()).Number(108, source.Of<ulong>(0, 1, 2, 3, source.Number()));
        return Odd(response.Bytes(109, source.Text(source.Address())));
    }

    private void Capabilities(ProtoWriter connection)
    {
        foreach (var name in CapabilityNames.All)
        {
            if (!source.Once(8))
            {
                connection.Text(100, name);
            }
        }

        for (var i = source.Once(10) ? 33 : source.Below(2); i > 0; i--)
        {
            connection.Text(100, source.Of("resume/2", "", new string('c', 64), new string('c', 65)));
        }
    }

    private string Member() => Members[source.Below(Members.Length)];

    private ulong Attempt() => source.Once(3) ? source.Of<ulong>(0, ulong.MaxValue, source.Number()) : (ulong)source.Below(5) + 1;

    private ProtoWriter Limits() => new ProtoWriter().Number(1, source.Number()).Number(2, source.Number()).Number(3, source.Number());

    private ProtoWriter Credit() =>
        new ProtoWriter().Number(1, source.Number()).Number(2, source.Number()).Number(3, source.Number()).Number(4, source.Number());

    private ProtoWriter Odd(ProtoWriter message) => source.Below(50) switch
    {
        0 => message.Number(source.Of(15, 110, 536_870_911), source.Number()),
        1 => message.Tag(300, 2).Varint(source.Number()),
        _ => message,
    };

    private static ProtoWriter TooLong() => new ProtoWriter().Bytes(300, new byte[RemoteFrame.MaxOtherBytes]);

    private static byte[] Of(int member, ProtoWriter message) => new ProtoWriter().Message(member, message).ToArray();
}
