# One node's part of a probe, run inside a network namespace of the overlay: listens, asks its peers, tells what
# came. perl-base has neither JSON nor Time::HiRes, so: one line for each finding, and whole seconds.
#
# Arguments: WINDOW_S PORT MTU LARGE_BYTES PEERS DESTINATIONS; lists are comma-separated, `-` is an empty one.
# Lines: udp FROM SIZES | sent TO SIZE | ping TO ok/lost | tcp TO open/refused/silent | small/large TO BYTES
#        destping ADDRESS ok/lost | dest ADDRESS PORT open/refused/silent/unreachable FIRST-LINE
#        ran FROM TO (seconds since the epoch) | done
use strict;
use warnings;
use Socket;
use POSIX ();
use Errno;

my ($window, $port, $mtu, $large, @lists) = @ARGV;
my ($peers, $destinations) = map { $_ eq "-" ? [] : [ split /,/ ] } @lists;
my $SMALL = 200;
my $PATIENCE = $window - 3;    # clients give up while the servers of the others still listen
my ($IP_MTU_DISCOVER, $PMTUDISC_PROBE) = (10, 3);    # don't-fragment, and no cached path MTU in the way
$SIG{PIPE} = "IGNORE";

sub report { syswrite STDOUT, join(" ", @_) . "\n" }
sub nap { select undef, undef, undef, shift }

sub within (&) {    # true when the block ended in time
    my ($act) = @_;
    return eval { local $SIG{ALRM} = sub { die "late\n" }; alarm $PATIENCE; $act->(); alarm 0; 1 } // 0;
}

my @children;
sub child (&) {
    my ($act) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid) { push @children, $pid; return }
    $act->();
    POSIX::_exit(0);
}

socket(my $udp, PF_INET, SOCK_DGRAM, 0) or die "udp: $!";
setsockopt($udp, SOL_SOCKET, SO_RCVBUF, 4 << 20);
bind($udp, sockaddr_in($port, INADDR_ANY)) or die "bind udp $port: $!";
socket(my $tcp, PF_INET, SOCK_STREAM, 0) or die "tcp: $!";
setsockopt($tcp, SOL_SOCKET, SO_REUSEADDR, 1);
bind($tcp, sockaddr_in($port, INADDR_ANY)) or die "bind tcp $port: $!";
listen($tcp, 64) or die "listen: $!";

sub ping {
    my ($word, $to) = @_;
    my $status = system("ping -n -q -c 3 -i 0.3 -W 1 $to >/dev/null 2>&1");
    report($word, $to, $status == 0 ? "ok" : "lost");
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

for my $peer (@$peers) {
    child { ping("ping", $peer) };
    child { send_sizes($peer) };
    child { fetch("small", $peer, $SMALL) };
    child { fetch("large", $peer, $large) };
}
my %pinged;
for my $destination (@$destinations) {
    my ($address, $at) = split /:/, $destination;
    child { ask($address, $at) };
    child { ping("destping", $address) } unless $pinged{$address}++;
}

# Ends early only when everybody was heard whole and all of our own is told: silence needs the whole window.
my ($began, $heard, $running, %arrived) = (time, time, scalar @children);
while (time < $began + $window) {
    last if !$running && keys %arrived >= @$peers && time > $heard + 1;
    my $ready = "";
    vec($ready, fileno $_, 1) = 1 for $udp, $tcp;
    if (select(my $now = $ready, undef, undef, 0.2) > 0) {
        if (vec $now, fileno $udp, 1) {
            my $from = recv($udp, my $data, 65536, 0);
            $heard = time;
            $arrived{ inet_ntoa((sockaddr_in($from))[1]) }{ length($data) + 28 } = 1 if $from;
        }
        if (vec($now, fileno $tcp, 1) && accept(my $client, $tcp)) {
            $heard = time;
            child { serve($client) };
            $running++;
            close $client;
        }
    }
    $running-- while waitpid(-1, POSIX::WNOHANG()) > 0;
}
kill "KILL", @children;
report("udp", $_, join ",", sort { $a <=> $b } keys %{ $arrived{$_} }) for sort keys %arrived;
report("ran", $began, time);
report("done");
