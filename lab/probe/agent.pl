# One node's part of a probe, run inside a network namespace of the overlay: listens, asks its peers, reports what
# came. perl-base has neither JSON nor Time::HiRes, so: one line for each finding, and whole seconds.
#
# Arguments: WINDOW_S PORT MTU LARGE_BYTES PEERS DESTINATIONS [LATE_S]; lists are comma-separated, `-` is an empty one.
# Peers that start up to LATE_S apart are asked so much later, and listened for so much longer.
# PEERS may be dns:NAME:EXPECTED:SECONDS: who NAME resolves to, oneself among them, each asked soon after it is
# found; for SECONDS it is looked for until EXPECTED are. Where PROBER_ASKING is set, only the node PROBER_NODE
# that it names asks the destinations.
# Small datagrams with a number each go to PORT + 1, whose socket nothing else fills: what is missing between the
# first and the last that came was lost on the way, unless the socket itself dropped some.
# Lines: udp FROM SIZES | sent TO SIZE | ping TO ok/lost MS,MS,... (there and back) | tcp TO open/refused/silent | small/large TO BYTES
#        count FROM FIRST LAST CAME | late FROM COUNT (came after one with a higher number) | drops COUNT (datagrams that the socket of the numbers dropped itself)
#        destping ADDRESS ok/lost MS,... | dest ADDRESS PORT open/refused/silent/unreachable FIRST-LINE
#        peer ADDRESS WHEN (it was found) | asked TO WHEN | ran FROM TO (seconds since the epoch) | done
use strict;
use warnings;
use Socket;
use POSIX ();
use Errno;

my ($window, $port, $mtu, $large, @lists) = @ARGV;
my $late = @lists > 2 ? pop @lists : 0;
my ($name, $expected, $seconds) = $lists[0] =~ /^dns:([^:]+):(\d+):(\d+)$/;
$lists[0] = "-" if $name;
my ($peers, $destinations) = map { $_ eq "-" ? [] : [ split /,/ ] } @lists;
$destinations = [] if $ENV{PROBER_ASKING} && $ENV{PROBER_ASKING} ne ($ENV{PROBER_NODE} // "");
my $SMALL = 200;
my ($PINGS, $SILENT) = (5, 3);    # so many where one is answered, and so many where none is
my $NUMBERED = 400;           # at one loss in ten 40 are missing, and never fewer than 20
my $GRACE = $name ? 2 : $late;    # from finding a peer to asking it: its node's gossip and its start take a moment
my $LINGER = $name ? 4 : $late;   # who found all goes on listening for one who finds it later
my $PATIENCE = $window - 3;    # clients give up while the servers of the others still listen
my ($IP_MTU_DISCOVER, $PMTUDISC_PROBE) = (10, 3);    # don't-fragment, and no cached path MTU in the way
$SIG{PIPE} = "IGNORE";

sub report { syswrite STDOUT, join(" ", @_) . "\n" }
sub nap { select undef, undef, undef, shift }

sub within (&) {    # true when the block ended in time
    my ($act) = @_;
    return eval { local $SIG{ALRM} = sub { die "late\n" }; alarm $PATIENCE; $act->(); alarm 0; 1 } // 0;
}

my ($running, @children) = (0);
sub child (&) {
    my ($act) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid) { push @children, $pid; $running++; return }
    $act->();
    POSIX::_exit(0);
}

socket(my $udp, PF_INET, SOCK_DGRAM, 0) or die "udp: $!";
setsockopt($udp, SOL_SOCKET, SO_RCVBUF, 4 << 20);
bind($udp, sockaddr_in($port, INADDR_ANY)) or die "bind udp $port: $!";
my $counting = $port + 1;
socket(my $numbers, PF_INET, SOCK_DGRAM, 0) or die "udp: $!";
setsockopt($numbers, SOL_SOCKET, SO_RCVBUF, 4 << 20);
bind($numbers, sockaddr_in($counting, INADDR_ANY)) or die "bind udp $counting: $!";
socket(my $tcp, PF_INET, SOCK_STREAM, 0) or die "tcp: $!";
setsockopt($tcp, SOL_SOCKET, SO_REUSEADDR, 1);
bind($tcp, sockaddr_in($port, INADDR_ANY)) or die "bind tcp $port: $!";
listen($tcp, 64) or die "listen: $!";

sub echo_request {
    my ($id, $sequence) = @_;
    my $sum = unpack "%32n*", pack "C2n3", 8, 0, 0, $id, $sequence;
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return pack "C2n3", 8, 0, ~$sum & 0xffff, $id, $sequence;
}

sub ping {    # by hand, since slim images have no ping; where a raw socket is not allowed nothing is said
    my ($word, $to) = @_;
    socket(my $icmp, PF_INET, SOCK_RAW, 1) or return;
    my ($address, $id, $elapsed, @sent, @took) = (inet_aton($to), $$ & 0xffff, 0);
    for my $sequence (1 .. $PINGS) {
        last if $sequence > $SILENT && !@took;
        $sent[$sequence] = $elapsed;
        send $icmp, echo_request($id, $sequence), 0, sockaddr_in(0, $address);
        my $left = 1;
        while ($left > 0) {    # a raw socket hears everybody's answers, and one may be to an earlier request
            vec(my $ready = "", fileno $icmp, 1) = 1;
            my ($count, $rest) = select $ready, undef, undef, $left;
            $elapsed += $left - $rest;
            $left = $rest;
            last unless $count > 0;
            my $sender = recv($icmp, my $packet, 2048, 0) // last;
            my ($type, $about, $which) = unpack "C x3 n n", substr $packet, 4 * (ord($packet) & 15);
            next unless $type == 0 && $about == $id && (sockaddr_in($sender))[1] eq $address && defined $sent[$which];
            push @took, $elapsed - $sent[$which];
            last;
        }
    }
    report($word, $to, @took ? ("ok", join ",", map { sprintf "%.1f", 1000 * $_ } @took) : "lost");
}

sub send_sizes {    # one-way: whoever listens there tells what arrived
    my ($to) = @_;
    socket(my $out, PF_INET, SOCK_DGRAM, 0) or return;
    setsockopt($out, 0, $IP_MTU_DISCOVER, pack("i", $PMTUDISC_PROBE));
    my $where = sockaddr_in($port, inet_aton($to));
    my ($most, $count) = (0, 0);
    for my $round (1 .. 6) {
        for (my $size = 100; $size <= $mtu; $size += 10) {
            my $sent = send($out, "x" x ($size - 28), 0, $where);    # 20 bytes of IP, 8 of UDP
            $most = $size if defined $sent && $size > $most;
            nap(0.001) if ++$count % 8 == 0;
        }
        nap(0.3);
    }
    report("sent", $to, $most);
}

sub send_numbers {    # within the two seconds that sizes are sent in, so a late listener misses the first ones
    my ($to) = @_;
    socket(my $out, PF_INET, SOCK_DGRAM, 0) or return;
    my $where = sockaddr_in($counting, inet_aton($to));
    for my $number (1 .. $NUMBERED) {
        my $tries = 50;    # what this node itself refuses to send, for want of buffers, is not lost on the way
        nap(0.02) until defined send($out, pack("N", $number) . "n" x 28, 0, $where) or !$tries--;
        nap(0.005);
    }
}

sub dropped {    # datagrams that came and found the socket's buffer full: nobody lost them on the way
    open(my $table, "<", "/proc/net/udp") or return;
    my $local = sprintf "%04X", $counting;
    for my $line (<$table>) {
        my @fields = split " ", $line;
        return $fields[-1] if ($fields[1] // "") =~ /:$local$/;
    }
    return;
}

sub dial {    # (socket, word): tries again while refused, since the other side may start later
    my ($to, $at, $again) = @_;
    my ($socket, $word) = (undef, "silent");
    within {
        while (1) {
            socket($socket, PF_INET, SOCK_STREAM, 0);
            if (connect($socket, sockaddr_in($at, inet_aton($to)))) { $word = "open"; last }
            $word = $!{ECONNREFUSED} ? "refused" : $!{ETIMEDOUT} ? "silent" : "unreachable";
            last unless $again && $!{ECONNREFUSED};
            nap(0.2);
        }
        1;
    };
    return ($socket, $word);
}

sub fetch {
    my ($what, $to, $bytes) = @_;
    my ($socket, $word) = dial($to, $port, 1);
    report("tcp", $to, $word) if $what eq "small";
    my $got = 0;
    within {
        if ($word eq "open") {
            syswrite $socket, "$bytes\n";
            while ($got < $bytes) {
                my $read = sysread $socket, my $buffer, 65536;
                last unless $read;
                $got += $read;
            }
        }
        1;
    };
    report($what, $to, $got);
}

sub serve {
    my ($client) = @_;
    within {
        my $wanted = readline($client) // 0;
        my $left = $wanted =~ /^(\d+)/ ? $1 : 0;
        while ($left > 0) {
            my $wrote = syswrite $client, "x" x ($left < 16384 ? $left : 16384);
            last unless $wrote;
            $left -= $wrote;
        }
        1;
    };
    close $client;
}

sub ask {
    my ($address, $at) = @_;
    my ($socket, $word) = dial($address, $at, 0);
    my $line = "";
    within {
        if ($word eq "open") {
            syswrite $socket, "GET / HTTP/1.0\r\nHost: probe\r\n\r\n";
            sysread $socket, $line, 256;
        }
        1;
    };
    ($line) = split /[\r\n]/, ($line // "");
    report("dest", $address, $at, $word, $line // "");
}

sub ask_peer {
    my ($peer) = @_;
    report("asked", $peer, time);
    child { ping("ping", $peer) };
    child { send_sizes($peer) };
    child { send_numbers($peer) };
    child { fetch("small", $peer, $SMALL) };
    child { fetch("large", $peer, $large) };
}

sub ask_destinations {
    my %pinged;
    for my $destination (@$destinations) {
        my ($address, $at) = split /:/, $destination;
        child { ask($address, $at) };
        child { ping("destping", $address) } unless $pinged{$address}++;
    }
}

sub is_own {
    my ($address) = @_;
    socket(my $out, PF_INET, SOCK_DGRAM, 0) or return 0;
    connect($out, sockaddr_in($port, inet_aton($address))) or return 0;
    return inet_ntoa((sockaddr_in(getsockname $out))[1]) eq $address;
}

sub looking {    # a lookup may hang, so a child makes them: a line of addresses for each
    pipe my $out, my $in or die "pipe: $!";
    child {
        while (1) {
            my (undef, undef, undef, undef, @found) = gethostbyname $name;
            syswrite $in, join(" ", map { inet_ntoa($_) } @found) . "\n" or last;
            nap(0.5);
        }
    };
    $running--;    # it never ends by itself
    close $in;
    return $out;
}

my ($began, $heard, %arrived, %came, %highest, %behind, %displaced) = (time, time);
my ($found_all, $last_found, %seen) = (!$name, $began);
my %due = map { $_ => $began + $GRACE } @$peers;
my $destinations_due = $began + $GRACE;
my $names = $name ? looking() : undef;

sub take_names {
    sysread($names, my $lines, 65536) or return;
    my @now = split / /, (split /\n/, $lines)[-1] // "";
    $found_all ||= @now >= $expected;    # for good: who ends sooner than we do loses its name
    for my $address (grep { !$seen{$_}++ && !is_own($_) } @now) {
        $last_found = time;
        $due{$address} = time + $GRACE;
        report("peer", $address, time);
    }
}

sub take_number {
    my ($source, $number) = @_;
    $came{$source}{$number} = 1;
    my $by = ($highest{$source} // 0) - $number;
    if ($by > 0) {
        $behind{$source}{$number} = 1;
        $displaced{$source} = $by if $by > ($displaced{$source} // 0);
    }
    else { $highest{$source} = $number }
}

sub ask_what_is_due {
    if (defined $destinations_due && time >= $destinations_due) { $destinations_due = undef; ask_destinations() }
    for my $peer (grep { time >= $due{$_} } sort keys %due) { delete $due{$peer}; ask_peer($peer) }
}

# Ends early only when everybody was heard whole and all of our own is told: silence needs the whole window.
sub is_over {
    my $wanted = $name ? $expected - 1 : @$peers;
    my $told = $found_all && !$running && !%due && !defined $destinations_due;
    return 1 if $told && keys %arrived >= $wanted && time > $heard + 1;
    my $whole = $last_found + $GRACE + $window;
    return time >= $whole + $LINGER if $found_all;
    return time >= $whole && time >= $began + $seconds + $window;
}

until (is_over()) {
    ask_what_is_due();
    my $ready = "";
    vec($ready, fileno $_, 1) = 1 for grep { defined } $udp, $numbers, $tcp, $names;
    if (select(my $now = $ready, undef, undef, 0.2) > 0) {
        take_names() if $names && vec $now, fileno $names, 1;
        if (vec $now, fileno $udp, 1) {
            my $from = recv($udp, my $data, 65536, 0);
            $heard = time;
            $arrived{ inet_ntoa((sockaddr_in($from))[1]) }{ length($data) + 28 } = 1 if $from;
        }
        if (vec $now, fileno $numbers, 1) {
            my $from = recv($numbers, my $data, 64, 0);
            $heard = time;
            take_number(inet_ntoa((sockaddr_in($from))[1]), unpack "N", $data) if $from && length $data >= 4;
        }
        if (vec($now, fileno $tcp, 1) && accept(my $client, $tcp)) {
            $heard = time;
            child { serve($client) };
            close $client;
        }
    }
    $running-- while waitpid(-1, POSIX::WNOHANG()) > 0;
}
kill "KILL", @children;
report("udp", $_, join ",", sort { $a <=> $b } keys %{ $arrived{$_} }) for sort keys %arrived;
for my $source (sort keys %came) {
    my @came = sort { $a <=> $b } keys %{ $came{$source} };
    # Where some overtake, those of the first and last ones that did may have come before or after we listened.
    my $by = $displaced{$source} // 0;
    my ($first, $last) = ($came[0] + $by, $came[-1] - $by);
    report("count", $source, $first, $last, scalar grep { $_ >= $first && $_ <= $last } @came);
    report("late", $source, scalar grep { $_ >= $first && $_ <= $last } keys %{ $behind{$source} // {} });
}
my $drops = dropped();
report("drops", $drops) if defined $drops;
report("ran", $began, time);
report("done");
