# SPDX-License-Identifier: GPL-2.0-only
# kbtf.mk: puts kbtf where Kbuild decides about LD [M] and BTF [M], without patching the tree.
#
# make reads this file before every makefile, through the environment variable MAKEFILES (set by
# "kbtf make" or by what "kbtf env" prints). It changes two variables and wraps one command, for
# .ko targets of scripts/Makefile.modfinal only; everywhere else the stock text applies.
#
#   newer_prereqs_except   asked by the link line (5.11 to 7.1, inside if_changed_except)
#   newer-prereqs          asked by the BTF line, and from 7.2 on by the link line too: inside
#                          $(call if_changed,ld_ko_o) $(1) is ld_ko_o, on the BTF line it is empty
#   cmd_btf_ko             run through "kbtf run", which knows pristine bytes; V=1 shows the tree's
#
# Pattern-specific variables beat the tree's later global definitions, and "private" keeps them
# off prerequisites (.mod.o, vmlinux). The link command and .ko.cmd files stay stock's, byte for
# byte: the tree can be built with and without kbtf in turns.
#
# Without an answer from the daemon a module that stock would give BTF anew is linked first: a
# BTF step on a finished .ko moves kfunc flags (up to 6.19) or fails (from 7.0 on).

# make must not try to rebuild this file by the tree's rules.
$(lastword $(MAKEFILE_LIST)): ;

# "undefine" came with GNU make 3.82, and with it the "private" that this file needs.
ifneq ($(value KBTF_DISABLE),1)
ifneq ($(filter undefine,$(.FEATURES)),)

ifeq ($(strip $(value KBTF)),)
override KBTF := kbtf
endif

# Nothing that is not defined is expanded here: make --warn-undefined-variables warns of a tree's own
# variables alone. This is a variable of the tree's that need not be there.
kbtf-given = $(if $(value $(1)),$($(1)))
kbtf-quote = '$(subst ','\'',$(1))'
kbtf-client = $(call kbtf-quote,$(value KBTF))

# --- where this applies ---------------------------------------------------------------------

# Is this the module-final stage? MAKEFILE_LIST holds every .cmd file by the time that a recipe
# is expanded, so it is searched once, and the answer, that makefile's name, kept.
kbtf-all :=
kbtf-here-known :=
kbtf-here = $(if $(kbtf-here-known),,$(eval kbtf-here-v := $$(if $$(filter-out undefined,$$(origin \
	cmd_btf_ko)),$$(filter scripts/Makefile.modfinal %/scripts/Makefile.modfinal,$$(MAKEFILE_LIST))))$(eval kbtf-all := $$(and \
	$$(kbtf-here-v),$$(value CONFIG_DEBUG_INFO_BTF_MODULES)))$(eval kbtf-here-known := 1))$(kbtf-here-v)

# Does this .ko get BTF? With CONFIG_DEBUG_INFO_BTF=m only the module that carries vmlinux's does.
# kbtf-all, once known, is the short way: what stands here is expanded for each of 5,000 modules.
kbtf-act = $(or $(kbtf-all),$(and $(kbtf-here),$(or $(kbtf-all),$(and \
	$(filter m,$(value CONFIG_DEBUG_INFO_BTF)),$(filter %/btf_vmlinux.ko,$@)))))

# There the others wait for vmlinux too, and need not be linked for it.
kbtf-without-btf = $(and $(kbtf-here),$(filter m,$(value CONFIG_DEBUG_INFO_BTF)))

# --- the plan: one client call per stage, when the first recipe is expanded ------------------

kbtf-goals = $(call kbtf-given,MAKECMDGOALS)
kbtf-verbose = $(findstring 2,$(call kbtf-given,KBUILD_VERBOSE))

# The tree's own command is kept under another name, then wrapped. make-cmd is what Kbuild saves as a
# target's command: expanded where the link line runs, and nowhere else, it notes the module. "override",
# because either may be set on make's command line; the tree appends to neither this late.
define kbtf-wrap
define kbtf-tree-btf-ko
$(value cmd_btf_ko)
endef
override cmd_btf_ko = $$(if $$(and $$(kbtf-act),$$(kbtf-stage)),$$(kbtf-run),$$(kbtf-tree-btf-ko))
$(call kbtf-shows,log_print,$$(cmd_$$1))
$(call kbtf-shows,echo-cmd,$$($$(quiet)cmd_$$(1)))
define kbtf-make-cmd
$$(if $$(filter ld_ko_o,$$(1)),$$(eval kbtf-noted := $$$$@))$(value make-cmd)
endef
override make-cmd = $$(kbtf-make-cmd)
kbtf-notes := $(findstring make-cmd,$(or $(value if_changed_except),$(value if_changed)$(value cmd_and_savecmd)))
endef

# V=1 shows the tree's command, not what kbtf put around it: the macro that prints (log_print from
# 6.3 on, echo-cmd before) gets the kept text where it has the command. Another text stays as it is.
define kbtf-shows
$(if $(findstring $(2),$(value $(1))),define $(1)
$(subst $(2),$$(kbtf-shown),$(value $(1)))
endef)
endef
kbtf-shown = $(if $(quiet)$(filter-out btf_ko,$(1)),$($(quiet)cmd_$(1)),$(kbtf-tree-btf-ko))

# Under these make changes nothing, but for recipe lines with a "+": no stage ends. GNU make 4.0 and
# later have the letters in the first word, as scripts/Kbuild.include knows; before they stand anywhere.
kbtf-letters = $(filter-out --%,$(filter -%,$(if $(filter 3.%,$(MAKE_VERSION)),$(MAKEFLAGS),$(firstword \
	-$(MAKEFLAGS)))))
kbtf-dry = $(strip $(foreach letter,n q t,$(findstring $(letter),$(kbtf-letters))))

# Answers with make assignments: kbtf-stage:=ID, kbtf-serve.X.ko:=link|step, kbtf-why.X.ko:=…
kbtf-ask = $(kbtf-client) plan --modules-order=$(call kbtf-quote,$(or $(call kbtf-given,MODORDER),modules.order)) \
	--count=$(words $(sort $(modules))) --target=$(call kbtf-quote,$@) --command=$(call kbtf-quote,$(kbtf-tree-btf-ko)) \
	--relink=$(call kbtf-quote,$(cmd_ld_ko_o)) --inputs=$(call kbtf-quote,$(kbtf-inputs)) \
	$(foreach tool,PAHOLE RESOLVE_BTFIDS OBJCOPY,--tool=$(call kbtf-quote,$(call kbtf-given,$(tool)))) \
	--kernel=$(call kbtf-quote,$(call kbtf-given,KERNELVERSION)) --rule=$(call kbtf-quote,$(kbtf-rule)) \
	--pahole-flags=$(call kbtf-quote,$(call kbtf-given,PAHOLE_FLAGS)) \
	--script-flags=$(call kbtf-quote,$(kbtf-script-flags)) \
	$(if $(kbtf-dry)$(filter-out __modfinal,$(kbtf-goals)),,--ends) \
	$(if $(kbtf-dropped-j),--dropped-flag=-j) $(if $(kbtf-verbose),--reasons)

# gen-btf.sh (7.0) takes its flags from the environment: they belong to the command all the same.
kbtf-script-flags = $(if $(findstring gen-btf,$(kbtf-tree-btf-ko)),$(strip $(call kbtf-given,PAHOLE_FLAGS) \
	$(call kbtf-given,RESOLVE_BTFIDS_FLAGS)))

# The shape of the tree's rule, for "kbtf status OBJTREE".
kbtf-rule = $(if $(value if_changed_except),if_changed_except,if_changed) and $(if $(findstring \
	gen-btf,$(value kbtf-tree-btf-ko)),gen-btf.sh,pahole -J)

# What a module's name may have and an assignment must not: the client writes these for it. All that
# concerns one module is looked up by $(value), which takes a name as it is.
kbtf-colon := :
kbtf-equals := =
kbtf-hash := \#

kbtf-stage :=
kbtf-renumbered :=
kbtf-planned :=
kbtf-plan = $(if $(kbtf-planned),,$(eval kbtf-planned := 1)$(eval $(kbtf-wrap))$(foreach assignment,$(filter \
	kbtf-%,$(shell $(kbtf-ask))),$(eval $(assignment)))$(kbtf-lost)$(if $(kbtf-stage),$(kbtf-ends)))

# A client that cannot be run, was killed or is none says nothing itself (make 4.2 and later know). A plan
# always ends with 0; 2 is the client's own, of another version.
kbtf-lost = $(if $(filter-out 0 2,$(value .SHELLSTATUS)),$(info kbtf: cannot run $(value KBTF); falling back to \
	the stock build))

# --- what make decides, and what the plan adds -----------------------------------------------

# Prerequisites that decide about the BTF alone. make has their time, the plan their content.
kbtf-btf-alone := vmlinux %/vmlinux vmlinux.unstripped %/vmlinux.unstripped %/gen-btf.sh %/resolve_btfids
kbtf-btf-only = $(if $(kbtf-stage),$(kbtf-btf-alone))

# Objects can be newer than the module and have the content that it was last linked from: asked when
# make comes to the module, which is when they are all there. Not with -B, which means all of it, nor
# with -n, -q and -t, which leave the objects to come as they are.
kbtf-inputs = $(filter-out $(PHONY) $(kbtf-btf-alone),$^)
kbtf-relinks = $(value KBTF_RELINK)
kbtf-asks-link = $(and $(kbtf-stage),$(wildcard $@),$(filter-out link,$(or \
	$(value kbtf-serve.$@),none)),$(if $(kbtf-relinks)$(call cmd-check,ld_ko_o)$(kbtf-dry)$(findstring \
	B,$(kbtf-letters)),,1))
kbtf-same-link = $(if $(kbtf-asks-link),$(if $(value kbtf-asked.$@),,$(eval kbtf-asked.$$@ := 1)$(eval \
	kbtf-same.$$@ := $(shell $(kbtf-client) same-link --stage=$(kbtf-stage) --ko=$(call kbtf-quote,$@) \
	--command=$(call kbtf-quote,$(cmd_ld_ko_o)) --inputs=$(call kbtf-quote,$(kbtf-inputs)))))$(value kbtf-same.$@))

# Why the link line must run, as make decides it, without those; or because the plan says so.
kbtf-newer = $(if $(kbtf-plan),)$(if $?,$(filter-out $(PHONY) $(kbtf-btf-only),$?))
kbtf-link = $(strip $(if $(kbtf-newer),$(if $(kbtf-same-link),,$(kbtf-newer))) $(if $(value kbtf-serve.$@),$(if \
	$(filter link,$(value kbtf-serve.$@)),$(or $(value kbtf-why.$@),kbtf))) $(kbtf-relinks))

# The link line also runs on a changed command; so must then the BTF line, which stock forgets. make
# expands all lines of a recipe in a row, so what the link line noted is there; the text is for V=2. In a
# tree whose link line saves its command without make-cmd nothing is noted, and all is worked out again.
kbtf-noted :=
kbtf-is-noted = $(and $(findstring $@,$(kbtf-noted)),$(findstring $(kbtf-noted),$@))
kbtf-why-linked = $(strip $(kbtf-link) $(call cmd-check,ld_ko_o))
kbtf-linked = $(if $(kbtf-notes),$(if $(kbtf-is-noted),$(or $(kbtf-why-linked),kbtf)),$(kbtf-why-linked))

kbtf-btf = $(or $(kbtf-linked),$(if $(value kbtf-serve.$@),$(if $(filter step,$(value kbtf-serve.$@)),$(or \
	$(value kbtf-why.$@),kbtf))))

%.ko: private newer_prereqs_except = $(if $(kbtf-act),$(kbtf-link),$(filter-out $(PHONY) $(1),$?))
%.ko: private newer-prereqs = $(if $(kbtf-act),$(if $(filter ld_ko_o,$(value 1)),$(kbtf-link),$(kbtf-btf)),$(if \
	$(kbtf-without-btf),$(kbtf-newer),$(filter-out $(PHONY),$?)))

kbtf-run = $(kbtf-client) run --stage=$(kbtf-stage) --ko=$(call kbtf-quote,$@) $(if $(kbtf-linked),--linked) \
	--quiet=$(quiet) --shell=$(call kbtf-quote,$(SHELL)) --shell-flags=$(call kbtf-quote,$(.SHELLFLAGS)) \
	--relink=$(call kbtf-quote,$(cmd_ld_ko_o)) --inputs=$(call kbtf-quote,$(kbtf-inputs)) \
	--command=$(call kbtf-quote,$(kbtf-tree-btf-ko))

# --- the end of the stage ---------------------------------------------------------------------

# __modfinal comes after all modules, and its recipe is "@:". With the client as its shell make runs
# "kbtf -c :", which has the daemon write the BTF of the modules that it renumbered, sums the stage up
# and hands the recipe to the shell that make would have run, with the same flags. That BTF is not
# written earlier: make compares each module's time stamp with those of its objects when it comes to it.
# Where it cannot be written the client runs this makefile once more; without a daemon it sets
# KBTF_RELINK, and every module is linked.
#
# SHELL may be set on make's command line, in MAKEFLAGS, or be the environment's with -e: "override"
# beats them all, in GNU make 3.82 to 4.4.1. Set when there is a stage that ends, for this target alone;
# what is "private" can be defined while recipes run.
kbtf-ends = $(eval kbtf-shell := $$(SHELL))$(eval kbtf-again := $$(MAKE) -f $$(call \
	kbtf-quote,$$(firstword $$(kbtf-here-v))) $$(kbtf-goals))$(eval $(value kbtf-end))
define kbtf-end
__modfinal: private override SHELL = $(value KBTF)
__modfinal: private override export KBTF_STAGE = $(kbtf-stage)
__modfinal: private override export KBTF_RENUMBERED = $(kbtf-renumbered)
__modfinal: private override export KBTF_SHELL = $(kbtf-shell)
__modfinal: private override export KBTF_AGAIN = $(kbtf-again)
endef

# --- a base that can be compared --------------------------------------------------------------

# pahole before 1.29 with -j, which Kbuild passes, writes other bytes on every run, and a base
# that is never the same is never "unchanged". The top makefile exports PAHOLE_FLAGS, so in
# scripts/Makefile.vmlinux and scripts/Makefile.modfinal it comes from the environment.
kbtf-dropped-j :=
ifneq ($(filter -j%,$(call kbtf-given,PAHOLE_FLAGS)),)
ifneq ($(filter environment file,$(origin PAHOLE_FLAGS)),)
kbtf-given-flags := $(PAHOLE_FLAGS)
kbtf-dropped-j = $(if $(findstring reproducible_build,$(kbtf-given-flags)),,$(filter \
	116 117 118 119 120 121 122 123 124 125 126 127 128,$(value CONFIG_PAHOLE_VERSION)))
kbtf-flags = $(if $(kbtf-dropped-j),$(filter-out -j%,$(kbtf-given-flags)),$(kbtf-given-flags))
vmlinux vmlinux.unstripped %.ko: private PAHOLE_FLAGS = $(kbtf-flags)
endif
endif

else ifeq ($(MAKELEVEL),0)
$(warning kbtf: needs GNU make 3.82 or newer; falling back to the stock build)
endif
endif
