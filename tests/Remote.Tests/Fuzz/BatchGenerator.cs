using Google.Protobuf;

namespace Remote.Tests.Fuzz;

/// <summary>Batches with every field that there is, most of them nearly right.</summary>
internal sealed class BatchGenerator(FuzzSource source)
{
    private const int TooManyEnvelopes = BatchDecoder.MaxEnvelopes + 1;
    private const int TooManyEntries = BatchDecoder.MaxTableEntries + 1;

    private static readonly string[] TypeNames =
    [
        "remote.tests.Hello", "remote.tests.Hello", "remote.tests.Hello.Nested", "remote.tests.Directory", "remote.tests.Parcel", "remote.tests.Tree",
        "google.protobuf.StringValue", "google.protobuf.Struct", "google.protobuf.Any", "actor.Watch", "actor.Unwatch", "actor.Terminated", "actor.Stop",
        "actor.PoisonPill", "actor.Touch", "actor.Touched", "actor.DeadLetterResponse", "remote.ActorPidRequest", "remote.ActorPidResponse", "no.such.Type",
        "actor.Restart", "", "remote.tests.Hello.NoSuch.Deep", "remote.MessageBatch",
    ];

    private static readonly byte[][] Payloads =
    [
        [], new Messages.Hello { Text = "hello", Number = 7 }.ToByteArray(), [0x0A, 0x05, 0x61], [0xFF, 0xFF, 0xFF],
        new ProtoWriter().Message(1, new ProtoWriter().Text(1, "10.0.0.3:8003").Text(2, "watcher")).Number(2, 1).ToArray(),
        new ProtoWriter().Message(1, new ProtoWriter().Text(2, "sink").Number(3, ulong.MaxValue)).ToArray(),
        new Messages.Directory { Owner = new Proto.PID("", "x"), Parent = new Messages.Directory() }.ToByteArray(),
    ];

    private readonly JsonGenerator _json = new(source);

    /// <param name="sequence">The number that the receiver expects; 0 outside of links.</param>
    public ProtoWriter Batch(ulong sequence = 0)
    {
        var batch = new ProtoWriter();
        if (source.Once(1_000))
        {
            return Repeated(batch, field: 3, TooManyEnvelopes);
        }

        if (source.Once(2_000))
        {
            return Repeated(batch, field: source.Of(1, 2, 4), TooManyEntries);
        }

        var (names, targets, senders) = (1 + source.Below(3), 1 + source.Below(3), source.Below(3));
        var isJson = new bool[names];
        for (var i = 0; i < names; i++)
        {
            isJson[i] = source.Once(4);
            batch.Bytes(1, source.Text(isJson[i] ? _json.Name() : TypeNames[source.Below(TypeNames.Length)]));
        }

        for (var i = 0; i < targets; i++)
        {
            batch.Bytes(2, source.Once(4) ? Pid().ToArray() : source.Text(source.Id()));
        }

        var count = source.Below(5);
        for (var i = 0; i < count; i++)
        {
            batch.Message(3, Envelope(isJson, targets, senders));
        }

        for (var i = 0; i < senders; i++)
        {
            batch.Message(4, Pid());
        }

        if (sequence != 0 || source.Once(4))
        {
            batch.Number(100, sequence == 0 || source.Once(20) ? source.Number() : sequence);
        }

        return source.Once(8) ? Odd(batch.Number(101, source.Number())) : Odd(batch);
    }

    private ProtoWriter Envelope(bool[] isJson, int targets, int senders)
    {
        var type = source.Index(isJson.Length);
        var json = type < (ulong)isJson.Length && isJson[type];
        var envelope = new ProtoWriter().Number(1, type).Number(3, source.Index(targets));
        envelope.Bytes(2, json ? _json.Payload() : source.Once(10) ? source.Bytes(60) : Payloads[source.Below(Payloads.Length)]);
        if (senders > 0 || source.Once(12))
        {
            envelope.Number(4, source.Index(senders, first: 1));
        }

        if (json || source.Once(16))
        {
            envelope.Number(5, json ? 1 : source.Of<ulong>(1, 2, 9, ulong.MaxValue, int.MaxValue));
        }

        if (source.Once(5))
        {
            envelope.Message(6, Headers());
        }

        if (source.Once(4))
        {
            envelope.Number(7, source.Number()).Number(8, source.Number());
        }

        return Odd(envelope);
    }

    private ProtoWriter Headers()
    {
        var headers = new ProtoWriter();
        for (var i = source.Below(3); i >= 0; i--)
        {
            // Of the keys one means a deadline here.
            var key = source.Of("k", "traceparent", MessageDeadline.Key, "", "größe");
            headers.Message(1, Odd(new ProtoWriter().Bytes(1, source.Text(key)).Bytes(2, source.Text(source.Of("1", "", "v", "99999999999999", "-1", "x")))));
        }

        return headers;
    }

    public ProtoWriter Pid()
    {
        var pid = new ProtoWriter().Bytes(1, source.Text(source.Address()));
        if (!source.Once(20))
        {
            pid.Bytes(2, source.Text(source.Id()));
        }

        return source.Once(3) ? pid.Number(3, source.Number()) : pid;
    }

    /// <summary>Now and then a field that nobody knows, or that is none.</summary>
    private ProtoWriter Odd(ProtoWriter message) => source.Below(60) switch
    {
        0 => message.Number(source.Of(15, 99, 102, 536_870_911), source.Number()),
        1 => message.Tag(50, 3).Number(1, 1).Tag(50, 4),
        2 => message.Tag(50, 1).Raw(1, 2, 3, 4, 5, 6, 7, 8),
        3 when source.Once(3) => message.Raw(source.Of<byte>(0x07, 0x00, 0x1C, 0x7B)),
        4 when source.Once(3) => message.Tag(2, 2).Varint(source.Of<ulong>(1UL << 31, ulong.MaxValue, 5)),
        _ => message,
    };

    private static ProtoWriter Repeated(ProtoWriter batch, int field, int count)
    {
        for (var i = 0; i < count; i++)
        {
            batch.Bytes(field, []);
        }

        return batch;
    }
}
