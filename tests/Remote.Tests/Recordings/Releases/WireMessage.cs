using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Wire = Google.Protobuf.WireFormat;

namespace Remote.Tests;

/// <summary>
/// A message as it is on the wire, field by field in the order in which they came, read by the schema of a release. Payloads that are messages of the
/// protocol are read too.
/// </summary>
internal sealed class WireMessage
{
    private const int NewNumber = 1999;

    private readonly List<(FieldDescriptor Field, object Value)> _fields = [];

    private WireMessage(MessageDescriptor type) => Type = type;

    public MessageDescriptor Type { get; }

    /// <summary>The field whose number is another one when this is written, as if somebody had changed it in the definition.</summary>
    private int _renumbered = -1;

    /// <summary>Numbers of fields that the schema does not have.</summary>
    public List<int> Unknown { get; } = [];

    /// <summary>Of a frame: which one it is.</summary>
    public string Case => _fields.Count == 0 ? "Empty" : _fields[0].Field.MessageType.Name;

    /// <summary>Of a frame: what is in it.</summary>
    public WireMessage Body => (WireMessage)_fields[0].Value;

    public static WireMessage Parse(ReleaseSchema schema, MessageDescriptor type, byte[] bytes)
    {
        var message = new WireMessage(type);
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag and not 0)
        {
            message.ReadField(schema, input, Wire.GetTagFieldNumber(tag), Wire.GetTagWireType(tag));
        }

        message.ReadPayloads(schema);
        return message;
    }

    /// <summary>Of a frame: the size of its user messages, which is what credit counts.</summary>
    public long UserBytes => Case != "MessageBatch" ? 0 : Body.Envelopes().Where(pair => !IsSystem(pair.Type)).Sum(pair => (long)pair.Envelope.ToBytes(asNewer: false).Length);

    /// <summary>All values of one field: none when it is not on the wire.</summary>
    public IReadOnlyList<object> Values(FieldDescriptor field) => [.. _fields.Where(pair => pair.Field.FieldNumber == field.FieldNumber).Select(pair => pair.Value)];

    public object? Value(string field) => _fields.LastOrDefault(pair => pair.Field.Name == field).Value;

    public ulong Number(string field) => Value(field) is ulong number ? number : 0;

    /// <summary>Puts other values in place.</summary>
    /// <param name="replacement">Gives the new value of a field that is no message.</param>
    public void Replace(Func<FieldDescriptor, object, object> replacement)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].Value is WireMessage inner)
            {
                inner.Replace(replacement);
            }
            else
            {
                _fields[i] = (_fields[i].Field, replacement(_fields[i].Field, _fields[i].Value));
            }
        }
    }

    /// <param name="asNewer">With two fields in every message that nobody knows, as a later version may have.</param>
    public byte[] ToBytes(bool asNewer)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            for (var i = 0; i < _fields.Count; i++)
            {
                var number = _fields[i].Field.FieldNumber;
                Write(output, i == _renumbered ? number + NewNumber : number, _fields[i].Value, asNewer);
            }

            if (asNewer && Type.GetOptions() is not { MapEntry: true })
            {
                output.WriteTag(NewNumber, Wire.WireType.Varint);
                output.WriteUInt64(7);
                output.WriteTag(NewNumber + 1, Wire.WireType.LengthDelimited);
                output.WriteString("newer");
            }
        }

        return stream.ToArray();
    }

    /// <summary>This message as often as there are fields in it, each time with another number for one of them.</summary>
    public IEnumerable<(FieldDescriptor Field, byte[] Bytes)> Renumbered() => Renumbered(this);

    public IEnumerable<(FieldDescriptor Field, object Value)> All() =>
        _fields.SelectMany(pair => pair.Value is WireMessage inner ? inner.All().Prepend(pair) : [pair]);

    public IEnumerable<int> AllUnknown() => Unknown.Concat(_fields.Select(pair => pair.Value).OfType<WireMessage>().SelectMany(inner => inner.AllUnknown()));

    public override string ToString()
    {
        var text = new StringBuilder(Type.Name).Append('{');
        foreach (var (field, value) in _fields)
        {
            text.Append(' ').Append(field.Name).Append(':').Append(Show(value));
        }

        return text.Append(Unknown.Count > 0 ? $" unknown:{string.Join(',', Unknown)} }}" : " }").ToString();
    }

    public static string Show(object value) => value switch
    {
        string text => $"'{text}'",
        byte[] bytes => bytes.All(letter => letter is >= 32 and < 127) ? $"'{Encoding.ASCII.GetString(bytes)}'" : Convert.ToHexString(bytes),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private IEnumerable<(FieldDescriptor Field, byte[] Bytes)> Renumbered(WireMessage whole)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            _renumbered = i;
            var bytes = whole.ToBytes(asNewer: false);
            _renumbered = -1;
            yield return (_fields[i].Field, bytes);
            foreach (var inner in _fields[i].Value is WireMessage message ? message.Renumbered(whole) : [])
            {
                yield return inner;
            }
        }
    }

    private static void Write(CodedOutputStream output, int number, object value, bool asNewer)
    {
        if (value is ulong integer)
        {
            output.WriteTag(number, Wire.WireType.Varint);
            output.WriteUInt64(integer);
            return;
        }

        output.WriteTag(number, Wire.WireType.LengthDelimited);
        output.WriteBytes(value switch
        {
            WireMessage inner => ByteString.CopyFrom(inner.ToBytes(asNewer)),
            string text => ByteString.CopyFromUtf8(text),
            _ => ByteString.CopyFrom((byte[])value),
        });
    }

    private void ReadField(ReleaseSchema schema, CodedInputStream input, int number, Wire.WireType wireType)
    {
        var field = Type.FindFieldByNumber(number);
        var isDelimited = wireType == Wire.WireType.LengthDelimited;
        if (field is null || isDelimited != field.FieldType is FieldType.String or FieldType.Bytes or FieldType.Message || wireType is not (Wire.WireType.Varint or Wire.WireType.LengthDelimited))
        {
            input.SkipLastField();
            Unknown.Add(number);
            return;
        }

        _fields.Add((field, field.FieldType switch
        {
            FieldType.Message => Parse(schema, field.MessageType, input.ReadBytes().ToByteArray()),
            FieldType.String => input.ReadString(),
            FieldType.Bytes => input.ReadBytes().ToByteArray(),
            _ => input.ReadUInt64(),
        }));
    }

    private static bool IsSystem(string type) => type is "actor.Watch" or "actor.Unwatch" or "actor.Terminated" or "actor.Stop";

    /// <summary>Of a batch: what is in it, with the names of the types.</summary>
    private IEnumerable<(WireMessage Envelope, string Type)> Envelopes()
    {
        var names = _fields.Where(pair => pair.Field.Name == "type_names").Select(pair => (string)pair.Value).ToArray();
        return _fields.Where(pair => pair.Field.Name == "envelopes").Select(pair => (WireMessage)pair.Value).Select(envelope => (envelope, names.ElementAtOrDefault((int)envelope.Number("type_id")) ?? ""));
    }

    /// <summary>What a batch carries is bytes with a name beside them.</summary>
    private void ReadPayloads(ReleaseSchema schema)
    {
        foreach (var (envelope, name) in Type.FullName == "remote.MessageBatch" ? Envelopes() : [])
        {
            var index = envelope._fields.FindIndex(pair => pair.Field.Name == "message_data");
            if (index >= 0 && schema.FindPayload(name) is { } type && envelope.Number("serializer_id") == 0)
            {
                envelope._fields[index] = (envelope._fields[index].Field, Parse(schema, type, (byte[])envelope._fields[index].Value));
            }
        }
    }
}
